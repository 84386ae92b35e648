import { readFileSync, rmSync } from 'node:fs';
import { z } from 'zod';
import { writeFileAtomically } from '../home/files.ts';
import type { Home } from '../home/home.ts';
import { inspectProcess, type LiveProcess } from './process-table.ts';

/** What `run/<name>.json` says: which process was started, so that a reused pid is never mistaken for it. */
const recordSchema = z.strictObject({
  pid: z.int().positive(),
  startTicks: z.int().nonnegative(),
  since: z.iso.datetime(),
});

export type ProcessRecord = z.infer<typeof recordSchema>;

export function writeRecord(home: Home, name: string, record: ProcessRecord): void {
  writeFileAtomically(recordFile(home, name), JSON.stringify(record));
}

/** @returns undefined when the process was never started or was stopped; a damaged record counts as none. */
export function readRecord(home: Home, name: string): ProcessRecord | undefined {
  try {
    return recordSchema.parse(JSON.parse(readFileSync(recordFile(home, name), 'utf8')));
  } catch {
    return undefined;
  }
}

export function removeRecord(home: Home, name: string): void {
  rmSync(recordFile(home, name), { force: true });
}

/** The recorded process as the kernel sees it now; undefined when it has ended. */
export function findLive(record: ProcessRecord): LiveProcess | undefined {
  const live = inspectProcess(record.pid);
  return live?.startTicks === record.startTicks ? live : undefined;
}

function recordFile(home: Home, name: string): string {
  return home.path('run', `${name}.json`);
}
