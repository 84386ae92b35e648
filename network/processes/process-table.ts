import { readFileSync } from 'node:fs';

/** What the kernel says about a live process. */
export interface LiveProcess {
  /** Start in clock ticks since boot: with the pid it names one process for good, as pids are used again. */
  readonly startTicks: number;
  /** Resident memory in MiB. */
  readonly memoryMb: number;
}

const PAGE_BYTES = 4096;
const MEBIBYTE = 1024 * 1024;

/** @returns undefined when there is no such process, or only a zombie that waits for its parent to notice. */
export function inspectProcess(pid: number): LiveProcess | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * proc_pid_stat(5). The second field is the program's name in parentheses and may itself hold blanks and
 * parentheses, so fields are counted from the last one: state is the third, num_threads the 20th, starttime the
 * 22nd, rss the 24th. A process whose first thread has ended keeps its sockets and locks until its last one has.
 */
export function parseStat(stat: string): LiveProcess | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): string => fields[number - 3] ?? '';
  const hasEnded = field(3) === 'Z' || field(3) === 'X';
  if (hasEnded && Number(field(20)) <= 1) return undefined;
  return { startTicks: Number(field(22)), memoryMb: Math.round((Number(field(24)) * PAGE_BYTES) / MEBIBYTE) };
}
