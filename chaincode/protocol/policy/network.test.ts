import { BlockList, isIPv4, isIPv6 } from 'node:net';

import { expect } from 'chai';
import fc from 'fast-check';

import { networkSchema, networkTest } from './network.ts';

describe('a network', () => {
  for (const text of [
    ...['0.0.0.0/0', '10.0.0.0/8', '10.128.0.0/9', '192.0.2.1/32', '192.0.2.0/31'],
    ...[
      '::/0',
      'fd00::/8',
      '2001:db8::/32',
      '2001:db8::1/128',
      '64:ff9b::/96',
      '::/128',
      '1:2:3:4:5:6:7:8/128',
    ],
  ]) {
    it(`is ${text}`, () => {
      expect(networkSchema.safeParse(text).success).to.equal(true);
    });
  }

  for (const [text, why] of Object.entries({
    '10.0.0.1/8': 'has bits of a host',
    '10.0.0.128/24': 'has bits of a host',
    'fd00::1/8': 'has bits of a host',
    '128.0.0.0/0': 'has bits of a host',
    '010.0.0.0/8': 'is 8.0.0.0 to some',
    '0x0a.0.0.0/8': 'is no number to others',
    '167772160/8': 'is one number',
    '10/8': 'leaves parts out',
    '10.0.0/8': 'leaves a part out',
    '10.0.0.0': 'has no prefix',
    '10.0.0.0/': 'has no prefix',
    '10.0.0.0/08': 'has a prefix that is octal to some',
    '10.0.0.0/-1': 'has a prefix below 0',
    '10.0.0.0/8/8': 'has two',
    '10.0.0.0/255.0.0.0': 'has a mask',
    '1.2.3.4/33': 'has more bits than there are',
    '::1/129': 'has more bits than there are',
    '256.0.0.0/8': 'has no such byte',
    '1.2.3.4.5/32': 'has five bytes',
    ' 10.0.0.0/8': 'has a blank',
    '10.0.0.0/8\n': 'has a line end',
    '１０.0.0.0/8': 'has digits that only look like some',
    '::ffff:10.0.0.0/104': 'is IPv4 in IPv6 clothes',
    '::ffff:10.0.0.0/8': 'could mean 10.0.0.0/8 or ::/8',
    '::ffff:a00:0/104': 'is IPv4 in IPv6 clothes',
    'fe80::%eth0/64': 'has a zone, which is another on each machine',
    '1::2::3/128': 'could be several',
    '1:2:3:4:5:6:7/128': 'has seven groups',
    '1:2:3:4:5:6:7:8::/128': 'leaves out none',
    ':::/0': 'is none',
    'g::/8': 'is none',
    '12345::/16': 'has too long a group',
    '::1.2.3/128': 'ends in half of an IPv4 address',
    '': 'is empty',
    '/8': 'is empty',
  })) {
    it(`is not ${JSON.stringify(text)}, which ${why}`, () => {
      expect(networkSchema.safeParse(text).success).to.equal(false);
    });
  }
});

describe('an address', () => {
  const isIn = (address: string, ...networks: string[]): boolean | undefined =>
    networkTest(networks)(address);

  it('is in a network when their first bits are the same', () => {
    expect(isIn('10.63.255.255', '10.0.0.0/10')).to.equal(true);
    expect(isIn('10.64.0.0', '10.0.0.0/10')).to.equal(false);
    expect(isIn('2001:db9:8000::', '2001:db8::/31')).to.equal(true);
    expect(isIn('2001:dba::', '2001:db8::/31')).to.equal(false);
    expect(isIn('192.0.2.7', '10.0.0.0/8', '192.0.2.0/24')).to.equal(true);
  });

  it('of IPv4 is the same in whichever clothes it comes', () => {
    for (const address of [
      '10.0.0.1',
      '::ffff:10.0.0.1',
      '::FFFF:10.0.0.1',
      '::ffff:a00:1',
      '0:0:0:0:0:ffff:0a00:0001',
    ])
      expect(isIn(address, '10.0.0.0/8'), address).to.equal(true);
    expect(isIn('::ffff:10.0.0.1', '::/0')).to.equal(false);
    expect(isIn('::10.0.0.1', '10.0.0.0/8')).to.equal(false);
    expect(isIn('10.0.0.1', '::/0')).to.equal(false);
    expect(isIn('::1', '0.0.0.0/0')).to.equal(false);
  });

  it('is the same with the zone that the system puts behind it', () => {
    expect(isIn('fe80::1%eth0', 'fe80::/10')).to.equal(true);
    expect(isIn('10.0.0.1%eth0', '10.0.0.0/8')).to.equal(undefined);
  });

  it('is none: neither in nor out', () => {
    for (const text of [
      '',
      'localhost',
      '10.0.0',
      '10.0.0.0.0',
      '10.0.0.0/8',
      '010.0.0.1',
      '::1::',
      'fe80::1%',
      '1:2',
    ])
      expect(isIn(text, '0.0.0.0/0', '::/0'), text).to.equal(undefined);
  });

  it('lies where Node.js says', () => {
    const parts = fc.array(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), { minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(parts, parts, fc.nat(128), fc.boolean(), (address, other, prefix, four) => {
        const bits = four ? Math.min(prefix, 32) : prefix;
        const network = other.map(
          (byte, index) => byte & ~(0xff >> Math.min(8, Math.max(0, bits - 8 * index))),
        );
        const [inside, outside] = [network, address].map((bytes) => (four ? dotted(bytes) : grouped(bytes)));
        fc.pre(inside !== undefined && outside !== undefined && !inside.startsWith('0:0:0:0:0:ffff'));
        const family = four ? 'ipv4' : 'ipv6';
        expect(four ? isIPv4(inside) : isIPv6(inside)).to.equal(true);
        const reference = new BlockList();
        reference.addSubnet(inside, bits, family);
        expect(networkSchema.safeParse(`${inside}/${bits}`).success).to.equal(true);
        expect(isIn(outside, `${inside}/${bits}`)).to.equal(reference.check(outside, family));
        expect(isIn(inside, `${inside}/${bits}`)).to.equal(true);
      }),
      { numRuns: 500 },
    );
  });

  function dotted(bytes: readonly number[]): string {
    return bytes.slice(0, 4).join('.');
  }

  function grouped(bytes: readonly number[]): string {
    const hex = Buffer.from(bytes).toString('hex').match(/.{4}/g) ?? [];
    return hex.map((group) => group.replace(/^0{1,3}/, '')).join(':');
  }
});
