/** What whatever goes outside has in common: whom it may reach, how long it may take, and how it fails. */
import { lookup } from 'node:dns/promises';
import { type BlockList, isIP } from 'node:net';

import { isReachable } from './addresses.ts';

/** Why something could not be sent: a sentence for whoever put the channel. */
export class NotSent extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'NotSent';
  }
}

export interface Reach {
  /** Inner networks that whoever runs the platform has opened. */
  readonly allowed: BlockList;
  /** Whether a connection without TLS is good enough. */
  readonly plain: boolean;
  readonly withinMs: number;
  /** Addresses of a name; the system's way unless stated. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

async function systemResolve(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
}

/** The name or address that a URL names, without the brackets of IPv6. */
export function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

/**
 * Connect to this very address: a name can stand for another one a moment later.
 *
 * @throws NotSent
 */
export async function checkedAddress(
  host: string,
  { allowed, resolve = systemResolve }: Reach,
): Promise<string> {
  const addresses =
    isIP(host) === 0
      ? await resolve(host).catch((cause: unknown) => {
          throw new NotSent(`no address is known for ${host}`, { cause });
        })
      : [host];
  // One inner address among others is no accident.
  if (!addresses.every((address) => isReachable(address, allowed)))
    throw new NotSent(`${host} is at an inner address, where messages may not go`);
  const [address] = addresses;
  if (address === undefined) throw new NotSent(`no address is known for ${host}`);
  return address;
}

/** Rejects with NotSent when the time is up. */
export function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(new NotSent('no answer in time'));
    });
  });
}
