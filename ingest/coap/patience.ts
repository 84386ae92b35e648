import { pause, type Time } from '../../network/time.ts';

/** How long an answer may wait for the database; the device then asks again, and what is stored by then is told at once. */
const PATIENCE_MS = 20_000;

/** What a device hears when it is to ask again. */
export const LATER = { code: '5.03', maxAgeSeconds: 10 } as const;

/** @returns undefined when it takes too long */
export async function patiently<Result>(time: Time, work: Promise<Result>): Promise<Result | undefined> {
  const patience = new AbortController();
  const result = await Promise.race([work, pause(time, PATIENCE_MS, patience.signal)]);
  patience.abort();
  return result ?? undefined;
}
