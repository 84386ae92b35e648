import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import type { GatewayClient } from './gateway-client.ts';
import { paced } from './pace.ts';
import type { PlainDesk } from './plain-desk.ts';

export interface PlainTrips {
  /** From the call until the row has its end, in milliseconds, one after the other. */
  readonly single: readonly number[];
  /** … so many a second. */
  readonly many: readonly number[];
}

interface PlainSettings {
  readonly name: string;
  readonly rate: number;
  readonly seconds: number;
  readonly alone: number;
}

const WARM_UP = 20;
const WITHIN_MS = 30_000;

/** Sends the same commands to a desk without a ledger. @throws BiotError, or what the broker said, when one is lost */
export async function plainRoundTrips(
  { desk, client, devices }: { desk: PlainDesk; client: GatewayClient; devices: readonly string[] },
  { name, rate, seconds, alone }: PlainSettings,
): Promise<PlainTrips> {
  const send = async (round: number): Promise<number> => {
    const id = randomUUID();
    const began = performance.now();
    const finished = desk.finished(id);
    const body = { id, name, devices: [devices[round % devices.length]], parameters: { round } };
    await client.send({ method: 'POST', path: '/commands', body });
    await finished;
    return performance.now() - began;
  };
  const oneByOne = async (count: number): Promise<number[]> => {
    const trips: number[] = [];
    for (let round = 0; round < count; round += 1) trips.push(await send(round));
    return trips;
  };
  const measure = async (): Promise<PlainTrips> => {
    await oneByOne(WARM_UP);
    const single = await oneByOne(alone);
    const many: number[] = [];
    await paced({ rate, count: rate * seconds }, async (round) => void many.push(await send(round)));
    return { single, many };
  };
  const over = new AbortController();
  const tooLong = delay(1000 * seconds + WITHIN_MS, undefined, { signal: over.signal }).then(() => {
    throw desk.failure ?? new Error('a plain command did not come to its end');
  });
  try {
    return await Promise.race([measure(), tooLong]);
  } finally {
    tooLong.catch(() => undefined);
    over.abort();
  }
}
