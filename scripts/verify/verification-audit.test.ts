import { expect } from 'chai';
import fc from 'fast-check';

import { entryScope } from './scope.ts';
import { entryId } from './stored.ts';
import { check, named } from './testing/checking.ts';
import { auditWorld, entryTamperings } from './testing/entry-tamperings.ts';
import { Picker } from './testing/picker.ts';

const sizes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 });
const numbers = fc.array(fc.nat(), { minLength: 2, maxLength: 2 });

describe('verification of the audit trail', () => {
  it('finds nothing where nothing was touched, and counts entries apart from messages', () =>
    fc.assert(
      fc.asyncProperty(sizes, async (counts) => {
        const outcome = await check(auditWorld(counts));
        expect(named(outcome)).to.deep.equal([]);
        const entries = counts.reduce((sum, count) => sum + count, 0);
        expect(outcome).to.include({
          entries,
          messages: 1,
          readings: 1,
          batches: counts.length + 1,
          expired: 0,
        });
      }),
    ));

  describe('names the row that was touched, and no other:', () => {
    for (const [name, tamper] of Object.entries(entryTamperings)) {
      it(name, () =>
        fc.assert(
          fc.asyncProperty(sizes, numbers, async (counts, picks) => {
            const world = auditWorld(counts);
            const expected = tamper(world, new Picker(picks));
            fc.pre(expected !== undefined);
            expect(named(await check(world))).to.deep.equal(expected.sort());
          }),
          { numRuns: 25 },
        ),
      );
    }
  });

  it('says what a changed entry was', async () => {
    const world = auditWorld([2]);
    Object.assign(world.tables.entries[1]!, { actor: 'nobody@operator', outcome: 'failed' });
    const { differences } = await check(world);
    expect(differences[0]?.what).to.equal(
      'admin@operator suspendDevice press-1 (done) at 2026-11-23T00:00:00.001Z: actor is nobody@operator, ' +
        'anchored was admin@operator; outcome is failed, anchored was done',
    );
  });

  it('holds entries that wait to be anchored against their own header', async () => {
    const world = auditWorld([2, 3], 1);
    expect(await check(world)).to.include({ total: 0, pending: 1, entries: 2 });
    world.tables.entries.at(-1)!.actor = 'nobody@operator';
    expect(named(await check(world))).to.have.length(1);
  });

  it('never takes entries for dropped by retention', async () => {
    const world = auditWorld([2]);
    world.tables.entries = [];
    world.tables.witnesses.delete(2);
    const outcome = await check(world, { retainedFrom: Infinity });
    expect(named(outcome)).to.deep.equal(['missing batches 2']);
  });

  it('proves one entry, whatever happened to its neighbours', async () => {
    const world = auditWorld([4, 2]);
    const [first, second] = world.tables.entries.map(entryId);
    const ask = (id: string): ReturnType<typeof check> => check(world, { scope: entryScope(id) });
    Object.assign(world.tables.entries[1]!, { actor: 'nobody@operator' });
    expect(await ask(first!)).to.include({ total: 0, entries: 1, messages: 0 });
    expect(named(await ask(second!))).to.deep.equal([`changed audit_logs ${second!}`]);
    const gone = world.tables.entries.pop();
    expect(named(await ask(entryId(gone!)))).to.deep.equal([`missing audit_logs ${entryId(gone!)}`]);
    for (const id of [(BigInt(first!) + 100n).toString(), '123456789012'])
      expect(named(await ask(id))).to.deep.equal([`missing audit_logs ${id}`]);
  });
});
