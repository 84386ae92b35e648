/**
 * The witness copy of a batch: its messages' canonical bytes, one after another, as they were anchored. The batch's
 * root can be recomputed from it, so when a row of `telemetry` was changed the copy tells which and what it was;
 * when the copy was changed, its root tells on it.
 */
import { ByteReader, ByteWriter } from './bytes.ts';

export function encodeWitness(messages: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter();
  for (const message of messages) writer.u32(message.length).fixed(message, message.length);
  return writer.finish();
}

/** @throws RangeError when the bytes are cut short or lengths do not fit. */
export function decodeWitness(bytes: Uint8Array): Uint8Array[] {
  const reader = new ByteReader(bytes);
  const messages: Uint8Array[] = [];
  while (reader.remaining > 0) messages.push(reader.fixed(reader.u32()));
  return messages;
}
