import { expect } from 'chai';
import fc from 'fast-check';

import { type Partition, type PartitionSettings, planPartitions } from './partitions.ts';

const KEEP: PartitionSettings = { firstYear: 2000, monthsAhead: 3, retentionDays: 0 };
const CATCH_ALL: Partition = { name: 'p_future', before: null };

function after(existing: readonly Partition[], now: number, settings: PartitionSettings): Partition[] {
  const plan = planPartitions(existing, now, settings);
  const kept = existing.filter((partition) => partition.before !== null && !plan.drop.includes(partition));
  return [...kept, ...plan.add, CATCH_ALL];
}

/** The partition that RANGE COLUMNS puts an instant into. */
function home(partitions: readonly Partition[], instant: number): string | undefined {
  return partitions.find(({ before }) => before === null || instant < before)?.name;
}

describe('planPartitions', () => {
  it('gives a new table one partition for the distant past, one a past year, one a month from this year on', () => {
    const partitions = after([CATCH_ALL], Date.UTC(2026, 10, 22), KEEP);
    expect(home(partitions, Date.UTC(1999, 11, 31, 23, 59, 59, 999))).to.equal('p_before');
    expect(home(partitions, Date.UTC(2013, 11, 2))).to.equal('p_2013');
    expect(home(partitions, Date.UTC(2026, 0, 1))).to.equal('p_2026_01');
    expect(home(partitions, Date.UTC(2026, 10, 30, 23))).to.equal('p_2026_11');
    expect(home(partitions, Date.UTC(2027, 1, 28))).to.equal('p_2027_02');
    expect(home(partitions, Date.UTC(2027, 2, 1))).to.equal('p_future');
  });

  it('has nothing to do when run again, and adds one month when a month has passed', () => {
    const partitions = after([CATCH_ALL], Date.UTC(2026, 10, 22), KEEP);
    expect(planPartitions(partitions, Date.UTC(2026, 10, 23), KEEP)).to.deep.equal({ add: [], drop: [] });
    expect(planPartitions(partitions, Date.UTC(2026, 11, 1), KEEP).add.map(({ name }) => name)).to.deep.equal(
      ['p_2027_03'],
    );
  });

  it('drops whole partitions only, and only when all of their rows are older than the retention', () => {
    const settings = { ...KEEP, retentionDays: 30 };
    const partitions = after([CATCH_ALL], Date.UTC(2026, 10, 22), KEEP);
    const dropped = planPartitions(partitions, Date.UTC(2026, 10, 22), settings).drop.map(({ name }) => name);
    expect(dropped).to.include.members(['p_before', 'p_2013', 'p_2025', 'p_2026_09']);
    expect(dropped).not.to.include.members(['p_2026_10']);
    expect(dropped).not.to.include('p_future');
  });

  it('keeps, whenever it is run, ascending bounds, a place for each instant, and the catch-all free', () => {
    const instant = fc.integer({ min: Date.UTC(2024, 0), max: Date.UTC(2060, 0) });
    const retention = fc.constantFrom(0, 1, 30, 400);
    fc.assert(
      fc.property(fc.array(fc.tuple(instant, retention), { minLength: 1, maxLength: 8 }), (runs) => {
        let partitions: Partition[] = [CATCH_ALL];
        for (const [now, retentionDays] of runs.sort(([left], [right]) => left - right)) {
          partitions = after(partitions, now, { ...KEEP, retentionDays });
          const bounds = partitions.map(({ before }) => before ?? Number.POSITIVE_INFINITY);
          expect(bounds).to.deep.equal([...new Set(bounds)].sort((left, right) => left - right));
          expect(new Set(partitions.map(({ name }) => name)).size).to.equal(partitions.length);
          expect(home(partitions, now)).not.to.equal('p_future');
        }
      }),
    );
  });
});
