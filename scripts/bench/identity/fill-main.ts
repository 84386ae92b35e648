/** A process that fills its memory with the registry, once, and says how long that took and how much it needed. */
import { readFileSync } from 'node:fs';
import { json } from 'node:stream/consumers';

import { pino } from 'pino';
import { z } from 'zod';

import { openHome } from '../../../network/home/home.ts';
import { connectLedger, type LedgerClient } from '../../../network/ledger/client.ts';
import { memberConnection } from '../../../network/ledger/member-connection.ts';
import { startMirror } from '../../../network/mirror/registry-mirror.ts';
import { parsePeak } from '../peak-memory.ts';
import { type Filled, fillWorkSchema } from './fill-work.ts';

const PAGE_SIZE = '500';
const SILENCE_BOUND_MS = 5_000;

const plainPageSchema = z.object({
  devices: z.array(z.looseObject({ id: z.string() })),
  bookmark: z.string(),
});

/** @returns what is in memory then, to be kept until it was looked at */
type Fill = (client: LedgerClient) => Promise<{ readonly size: number }>;

const fillMirror: Fill = async (client) => {
  const log = pino({ level: 'silent' });
  const mirror = startMirror({ client, channel: 'registry', silenceBoundMs: SILENCE_BOUND_MS, log });
  await mirror.ready();
  return mirror;
};

const fillPlainly: Fill = async (client) => {
  const devices = new Map<string, unknown>();
  let bookmark = '';
  do {
    const answer = await client.evaluate({
      channel: 'registry',
      contract: 'DeviceContract',
      transaction: 'List',
      args: [PAGE_SIZE, bookmark],
    });
    const page = plainPageSchema.parse(JSON.parse(answer));
    for (const device of page.devices) devices.set(device.id, device);
    bookmark = page.bookmark;
  } while (bookmark !== '');
  return devices;
};

async function main(): Promise<Filled> {
  const { home, member, way } = fillWorkSchema.parse(await json(process.stdin));
  const client = connectLedger(memberConnection(openHome(home), member));
  // The connection and what it loads are no part of it.
  await client.height('registry');
  const before = process.memoryUsage.rss();
  const began = performance.now();
  const filled = await (way === 'mirror' ? fillMirror : fillPlainly)(client);
  const seconds = (performance.now() - began) / 1000;
  const peak = parsePeak(readFileSync('/proc/self/status', 'utf8'));
  return { seconds, devices: filled.size, megabytes: peak - before / 1024 ** 2 };
}

process.stdout.write(JSON.stringify(await main()), () => process.exit(0));
