import { createConnection } from 'mariadb';
import { z } from 'zod';

import type { Home } from '../../network/home/home.ts';
import { homeDatabase } from '../../sql/connect.ts';
import { integerColumn } from '../../sql/columns.ts';
import { select } from '../../sql/query.ts';
import { READINGS } from '../verify/mariadb-rows.ts';

/** What somebody does who trusts the database. */
export const PLAIN_READ =
  "plain alternative: the same rows with the verifier's own SELECT, streamed over one connection of the same user, and none looked at; scanned: the server alone does SELECT COUNT(*), SUM(value), MAX(timestamp) over the table";

const LAST_ID = 2n ** 64n - 1n;

export interface PlainRead {
  readonly rows: number;
  readonly readSeconds: number;
  readonly scanSeconds: number;
}

/** Reads all readings without checking anything, in both ways. */
export async function readPlainly(home: Home): Promise<PlainRead> {
  const { socket: socketPath, database, user, password } = homeDatabase(home, 'biot_auditor');
  const connection = await createConnection({
    socketPath,
    database,
    user,
    password,
    // As the verifier has it.
    bigIntAsNumber: true,
    decimalAsNumber: true,
    // Otherwise the connector quotes a failed statement's values.
    logParam: false,
  });
  try {
    let rows = 0;
    const readSeconds = await seconds(async () => {
      for await (const row of connection.queryStream(READINGS, [0, LAST_ID]))
        if (row !== undefined) rows += 1;
    });
    const scanSeconds = await seconds(() =>
      select(
        connection,
        z.object({ readings: integerColumn }),
        'SELECT COUNT(*) AS readings, SUM(value) AS total, MAX(timestamp) AS latest FROM telemetry',
      ),
    );
    return { rows, readSeconds, scanSeconds };
  } finally {
    await connection.end();
  }
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}
