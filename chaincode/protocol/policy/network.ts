/** Networks in CIDR notation (RFC 4632, RFC 4291), for IPv4 and IPv6, without help from Node or the browser. */
import { z } from 'zod';

interface Network {
  readonly bits: readonly number[];
  readonly prefix: number;
}

const IPV4_BYTES = 4;
const IPV6_GROUPS = 8;
/** ::ffff:0:0/96, in which IPv6 sockets show the addresses of IPv4 (RFC 4291, 2.5.5.2). */
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** The bytes of an address as it is written, 4 or 16; undefined when it is none. */
function bytesOf(address: string): number[] | undefined {
  return address.includes(':') ? ipv6(address.toLowerCase()) : ipv4(address);
}

function ipv4(text: string): number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== IPV4_BYTES) return undefined;
  // No leading zeros: some read 010 as eight.
  if (!parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255)) return undefined;
  return parts.map(Number);
}

function ipv6(text: string): number[] | undefined {
  const halves = inGroups(text).split('::');
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = IPV6_GROUPS - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...tail];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/.test(group))) return undefined;
  return groups.flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

/** The address with its last 32 bits as groups, too, where they are written as those of IPv4: `::ffff:10.0.0.1`. */
function inGroups(text: string): string {
  const last = text.lastIndexOf(':') + 1;
  const [a, b, c, d] = ipv4(text.slice(last)) ?? [];
  if (a === undefined || b === undefined || c === undefined || d === undefined) return text;
  return `${text.slice(0, last)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

function isMapped(bytes: readonly number[]): boolean {
  return bytes.length > IPV4_BYTES && MAPPED.every((byte, index) => bytes[index] === byte);
}

/** The bytes by which an address is compared: IPv4 that came in IPv6 clothes is IPv4; a zone (RFC 4007) is local. */
function comparable(address: string): number[] | undefined {
  const bytes = bytesOf(address.includes(':') ? address.replace(/%[a-zA-Z0-9._-]+$/, '') : address);
  return bytes !== undefined && isMapped(bytes) ? bytes.slice(MAPPED.length) : bytes;
}

function parse(text: string): Network | undefined {
  const [address = '', prefix = '', ...rest] = text.split('/');
  const bits = bytesOf(address);
  if (bits === undefined || rest.length > 0 || !/^(?:0|[1-9][0-9]{0,2})$/.test(prefix)) return undefined;
  return Number(prefix) <= bits.length * 8 ? { bits, prefix: Number(prefix) } : undefined;
}

/**
 * Whether the bits after the prefix are zero: `10.0.0.1/8` is a slip that somebody should be told of. So is a network
 * of IPv4 in IPv6 clothes, which no address would be compared with.
 */
function isCanonical({ bits, prefix }: Network): boolean {
  return !isMapped(bits) && bits.every((byte, index) => (byte & hostMask(index, prefix)) === 0);
}

/** The bits of byte `index` that belong to the host, not to the network. */
function hostMask(index: number, prefix: number): number {
  const inNetwork = Math.min(8, Math.max(0, prefix - index * 8));
  return 0xff >> inNetwork;
}

export const networkSchema = z
  .string()
  .max(50)
  .refine((text) => {
    const network = parse(text);
    return network !== undefined && isCanonical(network);
  }, 'expected a network such as 10.0.0.0/8 or fd00::/8, with zeros after the prefix')
  .meta({ id: 'Network', examples: ['10.0.0.0/8'] });

function contains({ bits, prefix }: Network, bytes: readonly number[]): boolean {
  if (bytes.length !== bits.length) return false;
  return bytes.every((byte, index) => ((byte ^ (bits[index] ?? 0)) & ~hostMask(index, prefix)) === 0);
}

/**
 * Tells whether an address lies in one of the networks; undefined when it is no address.
 *
 * @throws RangeError when one of the texts is no network
 */
export function networkTest(texts: readonly string[]): (address: string) => boolean | undefined {
  const networks = texts.map((text) => {
    const network = parse(text);
    if (network === undefined) throw new RangeError(`${text} is no network`);
    return network;
  });
  return (address) => {
    const bytes = comparable(address);
    return bytes && networks.some((network) => contains(network, bytes));
  };
}
