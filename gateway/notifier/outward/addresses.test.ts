import { expect } from 'chai';
import fc from 'fast-check';

import { isReachable, networks } from './addresses.ts';

const NONE = networks([]);

describe('addresses that messages may go to', () => {
  for (const address of [
    '1.1.1.1',
    '8.8.8.8',
    '172.32.0.1',
    '223.255.255.255',
    '2606:4700::1111',
    '2a00:1450::1',
  ])
    it(`are outside, such as ${address}`, () => {
      expect(isReachable(address, NONE)).to.equal(true);
    });

  for (const address of [
    ...['0.0.0.0', '127.0.0.1', '127.255.255.254', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
    ...[
      '169.254.169.254',
      '100.64.0.1',
      '192.0.2.1',
      '198.18.0.1',
      '224.0.0.1',
      '239.1.1.1',
      '255.255.255.255',
    ],
    ...[
      '::',
      '::1',
      'fe80::1',
      'fe80::1%eth0',
      'fc00::1',
      'fd12:3456::1',
      'ff02::1',
      '2001:db8::1',
      '2002:7f00:1::',
    ],
    ...['::ffff:127.0.0.1', '::ffff:8.8.8.8', '::ffff:a00:1', '64:ff9b::7f00:1', '2001::1', 'localhost', ''],
  ])
    it(`are not inside, such as ${address}`, () => {
      expect(isReachable(address, NONE)).to.equal(false);
    });

  it('are never an IPv4 address in the dress of IPv6', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(isReachable(`::ffff:${address}`, NONE)).to.equal(false);
      }),
    );
  });

  it('are those that were allowed as well, and their neighbours are not', () => {
    const allowed = networks(['10.0.0.0/8', 'fd00::/8']);
    expect(['10.9.9.9', 'fd00::1', '11.0.0.1'].map((each) => isReachable(each, allowed))).to.deep.equal([
      ...[true, true, true],
    ]);
    expect(['127.0.0.1', 'fc00::1'].map((each) => isReachable(each, allowed))).to.deep.equal([false, false]);
  });

  it('are written as networks', () => {
    for (const range of ['10.0.0.0', '10.0.0.0/33', 'localhost/8', '10.0.0.0/8/8x'])
      expect(() => networks([range]), range).to.throw();
  });
});
