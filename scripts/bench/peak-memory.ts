import { readFileSync, writeFileSync } from 'node:fs';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Home } from '../../network/home/home.ts';
import { allStatuses } from '../platform/processes.ts';

/**
 * The most memory that a process of the instance had at any time, as the kernel remembers it: MiB.
 *
 * @throws BiotError PROCESS_FAILED when it does not run (any more)
 */
export function peakMemory(home: Home, name: string): number {
  return parsePeak(readFileSync(`/proc/${pidOf(home, name)}/status`, 'utf8'));
}

/**
 * proc_pid_clear_refs(5): from now on the peak is counted anew.
 *
 * @throws BiotError PROCESS_FAILED when it does not run (any more)
 */
export function resetPeak(home: Home, name: string): void {
  writeFileSync(`/proc/${pidOf(home, name)}/clear_refs`, '5');
}

function pidOf(home: Home, name: string): number {
  const pid = allStatuses(home).find((status) => status.name === name)?.pid ?? null;
  if (pid === null) throw new BiotError('PROCESS_FAILED', `${name} does not run any more`);
  return pid;
}

/** proc_pid_status(5): `VmHWM`, the peak resident set size, in kB. */
export function parsePeak(status: string): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kilobytes === undefined) throw new BiotError('INTERNAL', 'the kernel names no peak of memory');
  return Number(kilobytes) / 1024;
}
