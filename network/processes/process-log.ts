import { closeSync, fstatSync, mkdirSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { PRIVATE_FILE, PRIVATE_FOLDER } from '../home/files.ts';
import type { Home } from '../home/home.ts';

const ROTATE_BYTES = 16 * 1024 * 1024;
const TAIL_BYTES = 8 * 1024;

export function logFile(home: Home, name: string): string {
  return home.path('logs', `${name}.log`);
}

/** Opens a process's log for appending. A large one is first put aside as `.old`, so two are the most there are. */
export function openLog(home: Home, name: string): number {
  const file = logFile(home, name);
  mkdirSync(dirname(file), { recursive: true, mode: PRIVATE_FOLDER });
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > ROTATE_BYTES) renameSync(file, `${file}.old`);
  return openSync(file, 'a', PRIVATE_FILE);
}

/** The last lines of a process's log, for the error that says why it did not start. */
export function lastLines(home: Home, name: string, count: number): string {
  const descriptor = openSync(logFile(home, name), 'r');
  try {
    const { size } = fstatSync(descriptor);
    const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(descriptor, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8').trimEnd().split('\n').slice(-count).join('\n');
  } finally {
    closeSync(descriptor);
  }
}
