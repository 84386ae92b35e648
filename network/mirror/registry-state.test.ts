import { expect } from 'chai';
import fc from 'fast-check';
import type { Device } from '../../chaincode/protocol/device.ts';
import type { DeviceType } from '../../chaincode/protocol/device-type.ts';
import { DEFAULT_RULES } from '../../chaincode/protocol/policy/default-rules.ts';
import type { Rule } from '../../chaincode/protocol/policy/rule.ts';
import { aDevice, aRule, aType, type Deed, FakeLedger } from './fake-ledger.fixture.ts';
import { fillRegistry } from './registry-fill.ts';
import { RegistryState } from './registry-state.ts';

const plain = (state: RegistryState): Map<string, Device> =>
  new Map(Array.from(state.devices(), (device) => [device.id, device]));

const typesOf = (state: RegistryState): DeviceType[] =>
  [...state.types()].sort((left, right) => (left.name < right.name ? -1 : 1));

const rulesOf = (state: RegistryState): readonly Rule[] => state.policy().rules;

const emptyState = (): RegistryState => new RegistryState({ devices: [], types: [], rules: [] }, 0);

describe('state of the registry', () => {
  it('has each device as the last block left it, whatever instants the records name', () => {
    const ledger = new FakeLedger();
    ledger.commit([aDevice('a', { status: 'active', updatedAt: '2099-01-01T00:00:00.000Z' })]);
    ledger.commit([aDevice('a', { status: 'revoked', updatedAt: '1999-01-01T00:00:00.000Z' })]);
    const state = emptyState();
    for (const block of ledger.committed) state.apply(block);
    expect(state.device('a')?.status).to.equal('revoked');
    expect(state).to.include({ applied: 2, size: 1 });
  });

  it('takes, of two changes in one block, the later', () => {
    const ledger = new FakeLedger();
    ledger.commit([aDevice('a', { status: 'suspended' })], [aDevice('a', { status: 'active' })]);
    const state = emptyState();
    expect(state.apply(ledger.committed[1]!).map(({ status }) => status)).to.deep.equal(['active']);
  });

  it('passes over blocks that it has applied', () => {
    const ledger = new FakeLedger();
    ledger.commit([aDevice('a', { status: 'active' })]);
    ledger.commit([aDevice('a', { status: 'revoked' })]);
    const state = emptyState();
    for (const number of [1, 2, 1, 2]) state.apply(ledger.committed[number]!);
    expect(state.device('a')?.status).to.equal('revoked');
  });

  it('refuses a block when the one before is missing', () => {
    const ledger = new FakeLedger();
    ledger.commit([aDevice('a')]);
    ledger.commit([aDevice('b')]);
    const state = emptyState();
    expect(() => state.apply(ledger.committed[2]!)).to.throw('block 2 came after block 0');
    expect(state).to.include({ applied: 0, size: 0 });
  });

  it('takes nothing of a block of which it does not understand everything', () => {
    const ledger = new FakeLedger();
    ledger.commit([aDevice('a')], [aDevice('b', { status: 'melted' as 'active' })]);
    const state = emptyState();
    expect(() => state.apply(ledger.committed[1]!))
      .to.throw()
      .with.property('code', 'INTERNAL');
    expect(state).to.include({ applied: 0, size: 0 });
  });

  it('does not listen to other contracts on the channel, nor to other events', () => {
    const payload = Buffer.from(JSON.stringify({ devices: [aDevice('forged')] }));
    const state = emptyState();
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
    const earlier = new RegistryState({ devices: [a, b], types: [], rules: [] }, 1);
    const devices = [a, { ...b, transaction: '1'.repeat(64) }, aDevice('c')];
    const later = new RegistryState({ devices, types: [], rules: [] }, 5);
    expect(later.changesSince(earlier).map(({ id }) => id)).to.deep.equal(['b', 'c']);
    expect(later.changesSince(undefined)).to.have.length(3);
  });
});

describe('types in the state', () => {
  it('are as the last block left them, and the same object until one changes them', () => {
    const ledger = new FakeLedger();
    ledger.commit(aType('press'), aType('oven'), aType('press', { version: 2 }));
    ledger.commit([aDevice('a')], aType('oven', { version: 2 }));
    const state = emptyState();
    state.apply(ledger.committed[1]!);
    const [press, oven] = [state.type('press'), state.type('oven')];
    expect([press?.version, oven?.version]).to.deep.equal([2, 1]);
    state.apply(ledger.committed[2]!);
    expect(state.type('press')).to.equal(press);
    expect(state.type('oven')?.version).to.equal(2);
    expect(state.type('pump')).to.equal(undefined);
  });

  it('stay as they were when something in the block is not understood', () => {
    const ledger = new FakeLedger();
    ledger.commit(aType('press'), aType('oven', { version: 0 }));
    const state = emptyState();
    expect(() => state.apply(ledger.committed[1]!))
      .to.throw('types')
      .with.property('code', 'INTERNAL');
    expect(typesOf(state)).to.deep.equal([]);
  });
});

describe('rules in the state', () => {
  const question = {
    subject: { org: 'OperatorMSP', name: 'admin@operator', role: 'admin', tenants: '*' },
    action: 'device:revoke',
    resource: { org: 'OperatorMSP' },
  } as const;

  it('are decided by as the last block left them', () => {
    const ledger = new FakeLedger();
    ledger.commit({ put: [...DEFAULT_RULES], remove: [] });
    ledger.commit({ put: [aRule('nobody-revokes')], remove: [] });
    ledger.commit({ put: [], remove: ['nobody-revokes'] });
    const state = emptyState();
    const decisions = ledger.committed.map((block) => {
      state.apply(block);
      return state.policy().decide(question).allowed;
    });
    expect(decisions).to.deep.equal([false, true, false, true]);
  });

  it('take all changes of one block, in their order', () => {
    const ledger = new FakeLedger();
    ledger.commit(
      { put: [aRule('a'), aRule('b')], remove: [] },
      [aDevice('x')],
      { put: [aRule('c')], remove: ['a'] },
      { put: [aRule('b', { description: 'the later one' })], remove: [] },
    );
    const state = emptyState();
    expect(state.apply(ledger.committed[1]!).map(({ id }) => id)).to.deep.equal(['x']);
    expect(rulesOf(state).map(({ id, description }) => `${id} ${description}`)).to.deep.equal([
      'b the later one',
      'c test',
    ]);
  });

  it('are indexed anew only when a block changes them', () => {
    const ledger = new FakeLedger();
    ledger.commit([aDevice('x')]);
    ledger.commit({ put: [aRule('a')], remove: [] });
    const state = new RegistryState({ devices: [], types: [], rules: DEFAULT_RULES }, 0);
    const policy = state.policy();
    state.apply(ledger.committed[1]!);
    expect(state.policy()).to.equal(policy);
    state.apply(ledger.committed[2]!);
    expect(state.policy()).to.not.equal(policy);
    expect(policy.rules).to.have.length(DEFAULT_RULES.length);
  });

  it('stay as they were when something in the block is not understood', () => {
    const ledger = new FakeLedger();
    ledger.commit(
      { put: [aRule('a')], remove: [] },
      { put: [aRule('b', { effect: 'maybe' as 'deny' })], remove: [] },
    );
    const state = emptyState();
    expect(() => state.apply(ledger.committed[1]!))
      .to.throw('policy')
      .with.property('code', 'INTERNAL');
    expect(rulesOf(state)).to.deep.equal([]);
    expect(state.applied).to.equal(0);
  });
});

describe('filling from a ledger that changes meanwhile', () => {
  const ids = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
  const status = fc.constantFrom('active', 'suspended', 'revoked');
  const writing = fc.tuple(ids, status).map(([id, now]): Deed => [aDevice(id, { status: now })]);
  const typing = fc
    .tuple(ids, fc.integer({ min: 1, max: 9 }))
    .map(([name, version]): Deed => aType(name, { version }));
  const changing = fc
    .tuple(fc.uniqueArray(ids, { minLength: 1 }), fc.nat({ max: 6 }), fc.nat())
    .map(([touched, put, version]): Deed => ({
      put: touched.slice(0, put).map((id) => aRule(id, { description: `version ${version}` })),
      remove: touched.slice(put),
    }));
  const blocks = fc.array(fc.array(fc.oneof(writing, typing, changing), { maxLength: 3 }), { maxLength: 12 });
  const commitNext = (ledger: FakeLedger, waiting: Deed[][]): void => {
    const next = waiting.shift();
    if (next !== undefined) ledger.commit(...next);
  };

  it('ends, with the blocks since, in the ledger’s own state, however the two interleave', async () => {
    const course = fc.record({
      before: blocks,
      during: blocks,
      after: blocks,
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
          if (number >= completeWith) {
            expect(plain(state)).to.deep.equal(ledger.devicesAt(number));
            expect(typesOf(state)).to.deep.equal(ledger.typesAt(number));
            expect(rulesOf(state)).to.deep.equal(ledger.rulesAt(number));
          }
        }
        expect(plain(state)).to.deep.equal(ledger.devicesAt());
        expect(typesOf(state)).to.deep.equal(ledger.typesAt());
        expect(rulesOf(state)).to.deep.equal(ledger.rulesAt());
      }),
    );
  });
});
