/** Where live values come from: the broker in operation, a test's hand otherwise. */
export interface LiveSource {
  listen(listener: (topic: string, payload: Uint8Array) => void): void;
  /** Says whose readings anyone wants at present; anchors always come. */
  watch(devices: ReadonlySet<string> | '*'): void;
}
