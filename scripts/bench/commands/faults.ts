import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import type { Pool } from 'mariadb';
import { z } from 'zod';

import { isFinal, commandStateSchema } from '../../../chaincode/protocol/command/state.ts';
import type { TopicOwner } from '../../../chaincode/protocol/topics.ts';
import type { Home } from '../../../network/home/home.ts';
import { processStatus, startProcess } from '../../../network/processes/process-manager.ts';
import type { ProcessSpec } from '../../../network/processes/process-spec.ts';
import { waitUntil } from '../../../network/processes/wait-until.ts';
import { chunks, placeholders, select } from '../../../sql/query.ts';
import { ingestProcess } from '../../platform/applications.ts';
import { mosquittoProcess } from '../../platform/mosquitto.ts';
import type { GatewayClient } from './gateway-client.ts';
import { MortalDevices } from './mortal-devices.ts';

export interface FaultParts {
  readonly home: Home;
  readonly database: Pool;
  readonly gateway: GatewayClient;
  readonly fleet: readonly TopicOwner[];
  /** PEM. */
  readonly authority: string;
  readonly name: string;
}

export interface FaultOutcome {
  readonly orders: number;
  /** Never came to an end, or are said to have succeeded and were not done. */
  readonly lost: number;
  readonly executedTwice: number;
}

const EVERY_MS = 100;
/** From when one is back to the end of the next. */
const BETWEEN_MS = 2_000;
const SETTLED_WITHIN_MS = 120_000;
const IDS_AT_ONCE = 500;

/**
 * Commands while the devices, ingest and the broker are killed, one after the other, and started again. The devices are
 * those of the library: what they did is on their disk, and in a file that they write beside it.
 */
export async function commandsThroughFaults(parts: FaultParts): Promise<FaultOutcome> {
  const { home, fleet, authority, name } = parts;
  const executions = home.path('data', 'executions.log');
  const broker = { port: home.ports.mqtt, authority };
  const devices = new MortalDevices({
    broker,
    folder: home.path('devices'),
    fleet: [...fleet],
    name,
    executions,
  });
  await devices.start();
  try {
    const over = new AbortController();
    const issuing = issueUntil(over.signal, parts);
    const faults = [
      () => devices.killAndStart(),
      () => killAndStart(home, ingestProcess(home)),
      () => killAndStart(home, mosquittoProcess(home)),
      () => devices.killAndStart(),
    ];
    for (const fault of faults) {
      await delay(BETWEEN_MS);
      await fault();
    }
    over.abort();
    const ids = await issuing;
    await waitUntil(async () => (await openOf(parts.database, ids)) === 0, SETTLED_WITHIN_MS);
    return await judge(parts, ids, executions);
  } finally {
    await devices.kill();
  }
}

/** Issues commands to all of the devices by the clock, whatever becomes of those before. */
async function issueUntil(over: AbortSignal, { gateway, fleet, name }: FaultParts): Promise<string[]> {
  const ids: string[] = [];
  const issuing: Promise<unknown>[] = [];
  const devices = fleet.map(({ device }) => device);
  while (!over.aborted) {
    const id = randomUUID();
    const body = { id, name, devices, parameters: { round: ids.length } };
    ids.push(id);
    issuing.push(gateway.send({ method: 'POST', path: '/commands', body }));
    await delay(EVERY_MS);
  }
  await Promise.all(issuing);
  return ids;
}

async function killAndStart(home: Home, spec: ProcessSpec): Promise<void> {
  const { pid } = processStatus(home, spec);
  if (pid !== null) process.kill(pid, 'SIGKILL');
  await waitUntil(() => processStatus(home, spec).state !== 'running', SETTLED_WITHIN_MS);
  await startProcess(home, spec);
}

const deliveryRow = z.object({ command: z.string(), device: z.string(), state: commandStateSchema });

async function deliveriesOf(database: Pool, ids: readonly string[]): Promise<z.infer<typeof deliveryRow>[]> {
  const parts = chunks(ids, IDS_AT_ONCE).map((part) =>
    select(
      database,
      deliveryRow,
      `SELECT command_id AS command, device_id AS device, state FROM device_commands
       WHERE command_id IN ${placeholders(part.length)}`,
      [...part],
    ),
  );
  return (await Promise.all(parts)).flat();
}

async function openOf(database: Pool, ids: readonly string[]): Promise<number> {
  return (await deliveriesOf(database, ids)).filter(({ state }) => !isFinal(state)).length;
}

async function judge(
  { database, fleet }: FaultParts,
  ids: readonly string[],
  file: string,
): Promise<FaultOutcome> {
  const orders = ids.length * fleet.length;
  const done = Map.groupBy(
    existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [],
    (line) => line,
  );
  const deliveries = await deliveriesOf(database, ids);
  const settled = deliveries.filter(
    ({ command, device, state }) =>
      isFinal(state) && (state !== 'succeeded' || done.has(`${command} ${device}`)),
  );
  const twice = [...done.values()].filter((lines) => lines.length > 1);
  return { orders, lost: orders - settled.length, executedTwice: twice.length };
}
