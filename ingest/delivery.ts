/**
 * The seam between the broker and the pipeline: what comes in and how it is answered. `ingest/mqtt` implements it on
 * a real broker, tests in memory.
 */

/** One message as the broker handed it over. */
export interface Delivery {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** The device's token (MQTT 5 user property `token`), on messages that the gateway relays. */
  readonly token?: string;
  /**
   * Whether the broker waits for the acknowledgement. False for QoS 0 from the start, and for every delivery once its
   * connection is lost, because the broker then delivers again by itself. Deliveries that are owed nothing may be
   * forgotten when room is needed, others never.
   */
  owed(): boolean;
  /** Tells the broker that the message is settled: committed, or finally refused. Without effect when nothing is owed. */
  acknowledge(): void;
}

/**
 * Where deliveries come from. There is no pause: the broker sends at most Receive Maximum (MQTT 5 section 3.3.4)
 * messages that are not acknowledged yet, so the pipeline holds it back by not acknowledging.
 */
export interface DeliverySource {
  /** How many deliveries can be owed at one time. */
  readonly receiveMaximum: number;
  /**
   * Subscribes and from then on calls `receive` for each message, reconnecting for ever. Resolves with the first
   * subscription. `receive` returns at once and never throws.
   */
  start(receive: (delivery: Delivery) => void): Promise<void>;
  /** Ends the calls of `receive`. Deliveries already made can still be acknowledged, receipts still be published. */
  stop(): Promise<void>;
  /** Sends what is pending and disconnects. Resolves when the connection is closed. */
  close(): Promise<void>;
  connected(): boolean;
}

/**
 * Sends receipts (QoS 1) and live readings (QoS 0). Returns at once and never throws: what cannot be sent now, for
 * want of a connection or of room in its buffer, is dropped and counted. A device that misses its receipt sends its
 * messages again and gets another, and live readings have no value later.
 */
export interface Publisher {
  publish(topic: string, payload: string | Uint8Array, options: { qos: 0 | 1 }): void;
}
