import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { simulateDevice } from './simulated-device.ts';
import { readSimulatorConfig, type SimulatorConfig } from './simulator-config.ts';

/** The devices spread their connections, and then their messages, over this time. */
const SPREAD_MS = 2_000;

const log = pino({ name: 'simulator', timestamp: pino.stdTimeFunctions.isoTime });

async function main({ fleet, folderOf, ...addresses }: SimulatorConfig): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stop.abort();
    });
  }
  log.info({ devices: fleet.length }, 'simulating');
  await Promise.all(
    fleet.map(async (member, index) => {
      await delay((SPREAD_MS * index) / fleet.length, undefined, { signal: stop.signal }).catch(
        () => undefined,
      );
      const options = { ...addresses, member, folder: folderOf(member.id), log, now: Date.now };
      await simulateDevice(options, stop.signal);
    }),
  );
  log.info('stopped');
}

function configure(): SimulatorConfig | undefined {
  try {
    return readSimulatorConfig(process.env);
  } catch (error) {
    if (!(error instanceof BiotError)) throw error;
    process.stderr.write(`simulator: ${error.message}\n`);
    process.exitCode = 1;
    return undefined;
  }
}

const config = configure();
if (config !== undefined) await main(config);
