import { expect } from 'chai';
import fc from 'fast-check';
import type { Device } from '../../chaincode/protocol/device.ts';
import { aDevice, FakeLedger } from './fake-ledger.fixture.ts';
import { fillRegistry } from './registry-fill.ts';
import { RegistryState } from './registry-state.ts';

const plain = (state: RegistryState): Map<string, Device> =>
  new Map(Array.from(state.devices(), (device) => [device.id, device]));

describe('state of the registry', () => {
  it('has each device as the last block left it, whatever instants the records name', () => {
    const ledger = new FakeLedger();
    ledger.commit([aDevice('a', { status: 'active', updatedAt: '2099-01-01T00:00:00.000Z' })]);
    ledger.commit([aDevice('a', { status: 'revoked', updatedAt: '1999-01-01T00:00:00.000Z' })]);
    const state = new RegistryState([], 0);
    for (const block of ledger.committed) state.apply(block);
    expect(state.device('a')?.status).to.equal('revoked');
    expect(state).to.include({ applied: 2, size: 1 });
  });

  it('takes, of two changes in one block, the later', () => {
    const ledger = new FakeLedger();
    ledger.commit([aDevice('a', { status: 'suspended' })], [aDevice('a', { status: 'active' })]);
    const state = new RegistryState([], 0);
    expect(state.apply(ledger.committed[1]!).map(({ status }) => status)).to.deep.equal(['active']);
  });

  it('passes over blocks that it has applied', () => {
    const ledger = new FakeLedger();
    ledger.commit([aDevice('a', { status: 'active' })]);
    ledger.commit([aDevice('a', { status: 'revoked' })]);
    const state = new RegistryState([], 0);
    for (const number of [1, 2, 1, 2]) state.apply(ledger.committed[number]!);
    expect(state.device('a')?.status).to.equal('revoked');
  });

  it('refuses a block when the one before is missing', () => {
    const ledger = new FakeLedger();
    ledger.commit([aDevice('a')]);
    ledger.commit([aDevice('b')]);
    const state = new RegistryState([], 0);
    expect(() => state.apply(ledger.committed[2]!)).to.throw('block 2 came after block 0');
    expect(state).to.include({ applied: 0, size: 0 });
  });

  it('takes nothing of a block of which it does not understand everything', () => {
    const ledger = new FakeLedger();
    ledger.commit([aDevice('a')], [aDevice('b', { status: 'melted' as 'active' })]);
    const state = new RegistryState([], 0);
    expect(() => state.apply(ledger.committed[1]!))
      .to.throw()
      .with.property('code', 'INTERNAL');
    expect(state).to.include({ applied: 0, size: 0 });
  });

  it('does not listen to other contracts on the channel, nor to other events', () => {
    const payload = Buffer.from(JSON.stringify({ devices: [aDevice('forged')] }));
    const state = new RegistryState([], 0);
    const event = { chaincode: 'biot', name: 'devices', payload };
    const transactions = [
      { ...event, chaincode: 'evil' },
      { ...event, name: 'commands' },
    ].map((other) => ({ id: 'x', valid: true, validation: 'VALID', event: other }));
    expect(state.apply({ number: 1, dataHash: '', transactions })).to.deep.equal([]);
    expect(state.size).to.equal(0);
  });

  it('tells what changed since an earlier state', () => {
    const [a, b] = [aDevice('a'), aDevice('b')];
    const earlier = new RegistryState([a, b], 1);
    const later = new RegistryState([a, { ...b, transaction: '1'.repeat(64) }, aDevice('c')], 5);
    expect(later.changesSince(earlier).map(({ id }) => id)).to.deep.equal(['b', 'c']);
    expect(later.changesSince(undefined)).to.have.length(3);
  });
});

describe('filling from a ledger that changes meanwhile', () => {
  const change = fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    status: fc.constantFrom('active', 'suspended', 'revoked'),
  });
  const changes = fc.array(fc.array(change, { maxLength: 3 }), { maxLength: 12 });
  const commitNext = (ledger: FakeLedger, blocks: { id: string; status: string }[][]): void => {
    const next = blocks.shift();
    if (next === undefined) return;
    ledger.commit(...next.map(({ id, status }) => [aDevice(id, { status: status as 'active' })]));
  };

  it('ends, with the blocks since, in the ledger’s own state, however the two interleave', async () => {
    const course = fc.record({
      before: changes,
      during: changes,
      after: changes,
      perPage: fc.nat({ max: 4 }),
      pageSize: fc.integer({ min: 1, max: 4 }),
      repeats: fc.array(fc.nat({ max: 40 }), { maxLength: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(course, async ({ before, during, after, perPage, pageSize, repeats }) => {
        const ledger = new FakeLedger();
        ledger.pageSize = pageSize;
        while (before.length > 0) commitNext(ledger, before);
        ledger.whileListing = () => {
          for (let count = 0; count < perPage; count += 1) commitNext(ledger, during);
        };
        const { state, completeWith } = await fillRegistry(ledger);
        while (after.length > 0) commitNext(ledger, after);

        for (let number = state.applied + 1; number < ledger.committed.length; number += 1) {
          state.apply(ledger.committed[number]!);
          for (const repeat of repeats) if (repeat <= number) state.apply(ledger.committed[repeat]!);
          if (number >= completeWith) expect(plain(state)).to.deep.equal(ledger.devicesAt(number));
        }
        expect(plain(state)).to.deep.equal(ledger.devicesAt());
      }),
    );
  });
});
