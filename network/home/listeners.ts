import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process that holds a TCP port, as far as this user may see it. */
export interface Listener {
  readonly pid: number;
  readonly command: string;
}

const SOCKET_TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];
const UDP_TABLE = '/proc/net/udp';
const STATE_LISTEN = '0A';

/**
 * The TCP ports somebody listens on, with each socket's inode, from the kernel's own table:
 * trying to bind them one by one would be slower, asynchronous, and disturb what it measures.
 */
export function listeningPorts(): Map<number, string> {
  const inodes = new Map<number, string>();
  for (const table of SOCKET_TABLES) {
    for (const [port, inode] of parseSocketTable(readIfPresent(table))) inodes.set(port, inode);
  }
  return inodes;
}

/** Rows of `/proc/net/tcp` (proc(5)): slot, local address:port in hex, remote, state, …, inode in the tenth column. */
export function parseSocketTable(text: string): [port: number, inode: string][] {
  return text.split('\n').flatMap((line): [number, string][] => {
    const columns = line.trim().split(/\s+/);
    const port = columns[1]?.split(':')[1];
    const inode = columns[9];
    if (port === undefined || inode === undefined || columns[3] !== STATE_LISTEN) return [];
    return [[Number.parseInt(port, 16), inode]];
  });
}

/** Whether somebody takes datagrams on a port: a UDP socket has no state but that it is bound. */
export function isUdpBound(port: number): boolean {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return readIfPresent(UDP_TABLE)
    .split('\n')
    .some((line) => line.trim().split(/\s+/)[1]?.endsWith(`:${hex}`) === true);
}

/** Who listens on a port: undefined when nobody, `hidden` when it is a process of another user. */
export function listenerOn(port: number): Listener | 'hidden' | undefined {
  const inode = listeningPorts().get(port);
  if (inode === undefined) return undefined;
  const pid = numericEntries('/proc').find((candidate) => holdsSocket(candidate, inode));
  return pid === undefined ? 'hidden' : { pid, command: commandOf(pid) };
}

function holdsSocket(pid: number, inode: string): boolean {
  const folder = `/proc/${pid}/fd`;
  return numericEntries(folder).some(
    (descriptor) => linkTarget(`${folder}/${descriptor}`) === `socket:[${inode}]`,
  );
}

function commandOf(pid: number): string {
  return readIfPresent(`/proc/${pid}/cmdline`).split('\0').join(' ').trim();
}

/** Processes come and go while we look, and other users' are closed to us: an unreadable folder is an empty one. */
function numericEntries(folder: string): number[] {
  try {
    return readdirSync(folder)
      .map(Number)
      .filter((entry) => Number.isInteger(entry));
  } catch {
    return [];
  }
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function readIfPresent(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
