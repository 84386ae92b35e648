import { z } from 'zod';

import type { DeviceStore, Note } from '../../ingest/device/device-store.ts';

/** How far a device has got with a file. Its store keeps it, written together with each message. */
const positionSchema = z.strictObject({
  /** Rows that were given to the store: these are sent sooner or later, by whoever acts as the device. */
  row: z.int().min(0),
  /** Milliseconds by which the file's instants are moved. */
  shift: z.int(),
  /** Messages that the platform refused for good, by the code of the refusal. */
  refused: z.record(z.string(), z.int().min(1)),
});
export type Position = z.infer<typeof positionSchema>;

/** @returns undefined when the device has not begun with it */
export function readPosition(store: Pick<DeviceStore, 'note'>, key: string): Position | undefined {
  const text = store.note(key);
  return text === undefined ? undefined : positionSchema.parse(JSON.parse(text));
}

export function positionNote(key: string, position: Position): Note {
  return { key, value: JSON.stringify(position) };
}

export function countRefused({ refused }: Pick<Position, 'refused'>): number {
  return Object.values(refused).reduce((sum, count) => sum + count, 0);
}
