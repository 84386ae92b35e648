import type { Pool } from 'mariadb';
import { z } from 'zod';

import type { Home } from '../../network/home/home.ts';
import { connectPool, homeDatabase } from '../../sql/connect.ts';
import { type BenchContext, wholeNumber } from './bench.ts';
import { enrolFleet } from './fleet.ts';
import { withInstance } from './instance.ts';
import { LoadGenerator } from './load/generator.ts';

/** Readings in a message of the load. */
export const SENSORS = 3;

/** What the notes say about who publishes. */
export const CLIENT =
  'client: mqtt-packet on mutual TLS (P-256), MQTT 5, QoS 1, a connection each, all in one process; it numbers and waits for receipts as the device library does, without its journal on disk, and resends nothing';

/** The broker keeps 50,000 messages for ingest and drops what comes beyond; nothing here is sent again. */
const MOST_IN_FLIGHT = 40_000;

export const loadSettings = {
  connections: wholeNumber('devices, a connection each', { least: 1, most: 2_000, usually: 200 }),
  window: wholeNumber('messages of a device that wait for their receipt at one time', {
    least: 1,
    most: 500,
    usually: 32,
  }),
};

/** Refines a schema with these settings. */
export function fitsBroker({ connections, window }: { connections: number; window: number }): boolean {
  return connections * window <= MOST_IN_FLIGHT;
}

export const FITS_BROKER = {
  error: `connections times window may be ${MOST_IN_FLIGHT} at most: the broker drops what it cannot queue`,
  path: ['window'],
} satisfies z.core.$ZodCustomParams;

/** A platform of its own with connected devices. */
export interface LoadedInstance {
  readonly home: Home;
  /** As the owner of the database. */
  readonly database: Pool;
  readonly load: LoadGenerator;
}

export function withLoadedInstance<Result>(
  context: BenchContext,
  connections: number,
  work: (instance: LoadedInstance) => Promise<Result>,
): Promise<Result> {
  return withInstance(context, async (home) => {
    const database = connectPool(homeDatabase(home, 'biot'));
    try {
      const load = await context.progress.step(`${connections} devices registered and connected`, async () =>
        LoadGenerator.start(home, await enrolFleet(home, database, connections)),
      );
      try {
        return await work({ home, database, load });
      } finally {
        load.stop();
      }
    } finally {
      await database.end();
    }
  });
}
