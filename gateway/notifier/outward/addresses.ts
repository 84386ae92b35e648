/**
 * Where messages may go. The attacker is a member who may put channels: our servers, and what stands beside them, must
 * not be reached through us, nor may an answer tell what is there.
 */
import { BlockList, isIP } from 'node:net';

/** IANA's special-purpose registry, all that is not reachable from everywhere, and multicast. */
const INNER_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
];

/** Of IPv6 only global unicast is outside, and of that not what stands for IPv4, documentation or benchmarks. */
const OUTER_V6 = ['2000::/3'];
const INNER_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

/** @throws RangeError or TypeError for what is no network */
export function networks(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = '', prefix = '', ...rest] = range.split('/');
    if (!/^\d{1,3}$/.test(prefix) || rest.length > 0)
      throw new RangeError(`${range} is no network such as 192.0.2.0/24`);
    list.addSubnet(network, Number(prefix), isIP(network) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

const INNER = networks([...INNER_V4, ...INNER_V6]);
const OUTER = networks(OUTER_V6);

/**
 * Whether messages may go to an address.
 *
 * @param allowed inner networks that whoever runs the platform has opened
 */
export function isReachable(address: string, allowed: BlockList): boolean {
  const version = isIP(address);
  if (version === 0 || address.includes('%')) return false;
  const family = version === 6 ? 'ipv6' : 'ipv4';
  if (allowed.check(address, family)) return true;
  return !INNER.check(address, family) && (version === 4 || OUTER.check(address, family));
}
