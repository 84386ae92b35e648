import { z } from 'zod';

import { ByteReader, ByteWriter, compareText, MAX_SAFE } from './bytes.ts';
import { deviceIdSchema, tenantSchema } from './identifiers.ts';
import { leafHash } from './merkle.ts';
import { sensorSchema } from './sensors.ts';

/** Values in one message; also the room that a reading's id leaves for its place in the message (6 bits). */
export const MAX_VALUES = 64;
/** Bytes of a message as it is sent, in JSON or CBOR. The broker refuses more (MQTT 5 Maximum Packet Size). */
export const MAX_MESSAGE_BYTES = 8192;

/** Milliseconds since the Unix epoch, UTC. Which instants are accepted is the receiver's decision. */
export const instantSchema = z
  .int()
  .min(0)
  .max(MAX_SAFE)
  .meta({ id: 'Instant', examples: [1_700_000_000_000] });
export const sequenceSchema = z
  .int()
  .min(1)
  .max(MAX_SAFE)
  .meta({ id: 'Sequence', examples: [1] });
export const epochSchema = z
  .int()
  .min(1)
  .max(0xffff_ffff)
  .meta({ id: 'Epoch', examples: [1] });

export const valuesSchema = z
  .partialRecord(sensorSchema, z.number({ error: 'a value is a finite number' }))
  .refine((values) => Object.keys(values).length > 0, 'a message has at least one value')
  .refine((values) => Object.keys(values).length <= MAX_VALUES, `a message has at most ${MAX_VALUES} values`)
  .meta({ id: 'Values', examples: [{ temperature: 21.5 }] });

/** What a device sends once. Its topic (or its token) says which device of which tenant it is. */
export const messageSchema = z
  .strictObject({ seq: sequenceSchema, ts: instantSchema, values: valuesSchema })
  .meta({ id: 'Message' });
export type Message = z.infer<typeof messageSchema>;

/** A message together with whose it is: all that its leaf covers. */
export const attributedMessageSchema = messageSchema
  .extend({ tenant: tenantSchema, device: deviceIdSchema, epoch: epochSchema })
  .meta({ id: 'AttributedMessage' });
export type AttributedMessage = z.infer<typeof attributedMessageSchema>;

const DOMAIN = 'biot.message.1';

/** Reused: encoding is synchronous, and messages come by the ten thousand a second. */
const writer = new ByteWriter();

export interface NamedValue {
  sensor: string;
  value: number;
}

/** A message's values in their canonical order (bytes of the sensor's name): a reading's place in its message. */
export function orderedValues(values: Message['values']): NamedValue[] {
  return Object.entries(values)
    .map(([sensor, value]) => ({ sensor, value }))
    .sort((left, right) => compareText(left.sensor, right.sensor));
}

/** The values of a message before they are known to be in order, or known sensors: as rows of a database give them. */
export interface RawMessage {
  tenant: string;
  device: string;
  epoch: number;
  seq: number;
  ts: number;
  values: readonly NamedValue[];
}

/** Writes the values in the order given, so that a verifier notices rows that were reordered. */
export function encodeRawMessage(message: RawMessage): Uint8Array {
  writer
    .clear()
    .text(DOMAIN)
    .text(message.tenant)
    .text(message.device)
    .u32(message.epoch)
    .u64(message.seq)
    .u64(message.ts)
    .u8(message.values.length);
  for (const { sensor, value } of message.values) writer.text(sensor).f64(value);
  return writer.finish();
}

/** The canonical bytes of a message: what its leaf hashes. */
export function encodeMessage(message: AttributedMessage): Uint8Array {
  return encodeRawMessage({ ...message, values: orderedValues(message.values) });
}

/** @throws RangeError when the bytes are not one canonical message. */
export function decodeRawMessage(bytes: Uint8Array): RawMessage {
  const reader = new ByteReader(bytes);
  if (reader.text() !== DOMAIN) throw new RangeError('not a message');
  const head = {
    tenant: reader.text(),
    device: reader.text(),
    epoch: reader.u32(),
    seq: reader.u64(),
    ts: reader.u64(),
  };
  const values = Array.from({ length: reader.u8() }, () => ({ sensor: reader.text(), value: reader.f64() }));
  reader.end();
  return { ...head, values };
}

/** The leaf of a message in its batch's Merkle tree. */
export function messageLeaf(canonical: Uint8Array): Uint8Array {
  return leafHash(canonical);
}
