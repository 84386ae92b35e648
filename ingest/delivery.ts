/**
 * The seam between the broker and the pipeline: what comes in and how it is answered. `ingest/mqtt` implements it on
 * a real broker, tests in memory.
 */

import type { ErrorCode } from '../chaincode/protocol/errors.ts';

/** One message as the broker handed it over. */
export interface Delivery {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** The device's token (MQTT 5 user property `token`), on messages that the gateway relays. */
  readonly token?: string;
  /** The gateway says that the device has shown its certificate (user property `vouched`). */
  readonly vouched?: true;
  /** Correlation Data (MQTT 5 section 3.3.2.3.6): which order an answer is about. */
  readonly correlation?: Uint8Array;
  /** The broker had kept it (MQTT 5 section 3.3.1.3): it says how things stand, and was not sent just now. */
  readonly retained?: boolean;
  /**
   * Whether the broker waits for the acknowledgement. False for QoS 0 from the start, and for every delivery once its
   * connection is lost, because the broker then delivers again by itself. Deliveries that are owed nothing may be
   * forgotten when room is needed, others never.
   */
  owed(): boolean;
  /**
   * Tells who delivered it that the message is settled: committed, or refused. Without effect when nothing is owed. The
   * broker needs no reason: its devices get receipts.
   */
  acknowledge(refusal?: DeliveryRefusal): void;
}

export interface DeliveryRefusal {
  readonly code: ErrorCode;
  readonly message: string;
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
  /** How often the broker has begun anew with us: what was sent to us between two sessions is lost. */
  readonly sessions: number;
}

/** Properties of an order (MQTT 5 sections 3.3.2.3.3 to 3.3.2.3.6). */
export interface PublicationProperties {
  readonly responseTopic: string;
  readonly correlationData: Buffer;
  /** Seconds; the broker throws it away when it could not be delivered by then. */
  readonly messageExpiryInterval: number;
}

/** Told the reason code of the broker's PUBACK, or undefined when none will come: nobody knows what became of it. */
export type Settled = (reasonCode: number | undefined) => void;

export interface PublishOptions {
  /** The broker keeps it for whoever subscribes later, until the next one. Of QoS 1 only. */
  readonly retain?: true;
  readonly qos: 0 | 1;
  readonly properties?: PublicationProperties;
  /** Called once, perhaps before `publish` returns. Of QoS 1 only. */
  readonly settled?: Settled;
}

/**
 * Sends orders and receipts (QoS 1) and live readings (QoS 0). Returns at once and never throws: what cannot be sent now,
 * for want of a connection or of room in its buffer, is dropped and counted. A device that misses its receipt sends its
 * messages again and gets another, live readings have no value later, and who sends an order is told.
 */
export interface Publisher {
  publish(topic: string, payload: string | Uint8Array, options: PublishOptions): void;
}
