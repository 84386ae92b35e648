import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Home } from '../home/home.ts';
import { listenerOn, listeningPorts } from '../home/listeners.ts';
import { lastLines, logFile, openLog } from './process-log.ts';
import { findLive, type ProcessRecord, readRecord, removeRecord, writeRecord } from './process-record.ts';
import { environmentOf, type ProcessSpec, type ProcessStatus } from './process-spec.ts';
import { inspectProcess } from './process-table.ts';
import { waitUntil } from './wait-until.ts';

const READY_WITHIN_MS = 120_000;
const STOP_WITHIN_MS = 15_000;
const KILL_WITHIN_MS = 5_000;
const PORTS_FREE_WITHIN_MS = 1_000;
const LOG_LINES = 12;

/**
 * Starts a server that outlives this program, and waits until it is ready. Does nothing but wait when it runs.
 *
 * @throws BiotError PORT_TAKEN when somebody else holds one of its ports; PROCESS_FAILED when it ends or is not
 * ready in time (it is then killed, so that the next start begins clean), with the last lines of its log.
 */
export async function startProcess(home: Home, spec: ProcessSpec): Promise<void> {
  const running = readRecord(home, spec.name);
  if (running !== undefined && findLive(running) !== undefined) {
    await awaitReadiness(home, spec, running);
    return;
  }
  await requireFreePorts(spec);
  await awaitReadiness(home, spec, await launch(home, spec));
}

/**
 * Ends a process and waits until it is gone: first politely, then by force. Does nothing when it does not run.
 *
 * @throws BiotError PROCESS_FAILED when even SIGKILL does not end it.
 */
export async function stopProcess(
  home: Home,
  name: string,
  {
    stopSignal = 'SIGTERM',
    stopWithinMs = STOP_WITHIN_MS,
  }: Pick<ProcessSpec, 'stopSignal' | 'stopWithinMs'> = {},
): Promise<void> {
  const record = readRecord(home, name);
  if (record !== undefined && !(await end(record, stopSignal, stopWithinMs))) {
    if (!(await end(record, 'SIGKILL', KILL_WITHIN_MS))) {
      throw new BiotError('PROCESS_FAILED', `${name} (process ${record.pid}) does not end`);
    }
  }
  removeRecord(home, name);
}

export function processStatus(home: Home, spec: Pick<ProcessSpec, 'name' | 'port'>): ProcessStatus {
  const { name, port } = spec;
  const record = readRecord(home, name);
  if (record === undefined) return { name, state: 'stopped', pid: null, port, memoryMb: null, since: null };
  const live = findLive(record);
  if (live === undefined) return { name, state: 'crashed', pid: null, port, memoryMb: null, since: null };
  return { name, state: 'running', pid: record.pid, port, memoryMb: live.memoryMb, since: record.since };
}

async function requireFreePorts(spec: ProcessSpec): Promise<void> {
  const ports = [...(spec.port === null ? [] : [spec.port]), ...(spec.otherPorts ?? [])];
  const taken = (): number | undefined => {
    const listening = listeningPorts();
    return ports.find((port) => listening.has(port));
  };
  // A process that was killed a moment ago may still be letting go of them.
  if (await waitUntil(() => taken() === undefined, PORTS_FREE_WITHIN_MS)) return;
  const port = taken();
  if (port === undefined) return;
  const holder = listenerOn(port);
  const who =
    typeof holder === 'object' ? `process ${holder.pid} (${holder.command})` : "another user's process";
  throw new BiotError('PORT_TAKEN', `${spec.name} needs port ${port}, which ${who} holds`);
}

async function launch(home: Home, spec: ProcessSpec): Promise<ProcessRecord> {
  const log = openLog(home, spec.name);
  try {
    const options = { cwd: spec.cwd ?? home.root, env: environmentOf(spec), detached: true } as const;
    const child = spawn(spec.command, spec.args, { ...options, stdio: ['ignore', log, log] });
    if (child.pid === undefined) throw await spawnFailure(child, spec);
    // Written before anything is awaited: were this program to end in between, nobody would know of the process.
    const startTicks = inspectProcess(child.pid)?.startTicks ?? 0;
    const record = { pid: child.pid, startTicks, since: new Date().toISOString() };
    writeRecord(home, spec.name, record);
    child.unref();
    return record;
  } finally {
    closeSync(log);
  }
}

function spawnFailure(child: ChildProcess, { name, command }: ProcessSpec): Promise<BiotError> {
  return new Promise((resolve) => {
    child.once('error', (cause) => {
      resolve(new BiotError('PROCESS_FAILED', `${name}: cannot run ${command}: ${cause.message}`, { cause }));
    });
  });
}

async function awaitReadiness(home: Home, spec: ProcessSpec, record: ProcessRecord): Promise<void> {
  const { name, readyWithinMs = READY_WITHIN_MS } = spec;
  const ended = (): boolean => findLive(record) === undefined;
  const settled = await waitUntil(async () => ended() || (await spec.ready()), readyWithinMs);
  if (settled && !ended()) return;
  const what = settled ? 'ended before it was ready' : `is not ready after ${readyWithinMs / 1000} s`;
  const log = `${logFile(home, name)} ends with:\n${lastLines(home, name, LOG_LINES)}`;
  await stopProcess(home, name, spec);
  throw new BiotError('PROCESS_FAILED', `${name} ${what}. ${log}`);
}

async function end(record: ProcessRecord, signal: NodeJS.Signals, withinMs: number): Promise<boolean> {
  if (findLive(record) === undefined) return true;
  try {
    // The process leads its own group (it was spawned detached): its children go with it.
    process.kill(-record.pid, signal);
  } catch {
    // It ended between the look and the signal; the wait below sees that.
  }
  return waitUntil(() => findLive(record) === undefined, withinMs);
}
