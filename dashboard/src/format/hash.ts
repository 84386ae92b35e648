/** Keeps both ends of a hash, which is what people compare: `3f9a1c…e07b`. */
export function shortenHash(hash: string, head = 6, tail = 4): string {
  return hash.length <= head + tail + 1 ? hash : `${hash.slice(0, head)}…${hash.slice(-tail)}`;
}
