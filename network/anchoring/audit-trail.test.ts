import { expect } from 'chai';
import fc from 'fast-check';

import type { AuditEntry } from '../../chaincode/protocol/audit-entry.ts';
import { headerHashHex, NO_PREVIOUS } from '../../chaincode/protocol/header.ts';
import { ManualTime } from '../../ingest/testing/manual-time.ts';
import { codeOf } from '../../test/harness/failure.ts';
import { AuditTrail } from './audit-trail.ts';
import { LogTail } from './log-tail.ts';
import { FakeBatches, type TransactionFate } from './testing/fake-batches.ts';

const LOG = 'gateway@operator';

function entry(number: number): AuditEntry {
  return {
    at: number,
    actor: 'admin@operator',
    org: 'OperatorMSP',
    action: 'suspendDevice',
    outcome: 'done',
    tenant: null,
    device: null,
    subject: null,
    details: {},
    address: null,
    transaction: null,
  };
}

describe('AuditTrail', () => {
  let batches: FakeBatches;
  let time: ManualTime;
  let stop: AbortController;
  let trail: AuditTrail;
  let running: Promise<void>;
  let wakes: number;

  beforeEach(() => {
    batches = new FakeBatches();
    time = new ManualTime();
    stop = new AbortController();
    wakes = 0;
    const checkpoint = { logId: LOG, size: 0, root: NO_PREVIOUS, head: NO_PREVIOUS };
    const { stored, transact } = batches;
    trail = new AuditTrail({
      logId: LOG,
      tail: new LogTail({ logId: LOG, stored, checkpoint: () => Promise.resolve(checkpoint) }),
      stored,
      transact,
      onCommitted: () => (wakes += 1),
      log: { warn: () => undefined },
      time,
    });
    running = trail.run(stop.signal);
  });

  afterEach(async () => {
    stop.abort();
    await time.advance(0);
    await running;
  });

  function numbers(): number[] {
    return batches.entries.flat().map(({ at }) => at);
  }

  it('writes what comes within a moment as one batch, and tells each who waits', async () => {
    const done: number[] = [];
    for (const number of [1, 2, 3]) void trail.record([entry(number)]).then(() => done.push(number));
    await time.advance(19);
    expect(done).to.deep.equal([]);
    await time.advance(1);
    expect(done).to.deep.equal([1, 2, 3]);
    expect(batches.headers.map(({ size }) => size)).to.deep.equal([3]);
    expect(wakes).to.equal(1);
  });

  it('stores each entry once and in order, whatever becomes of its transactions', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom<TransactionFate>('committed', 'lost', 'unheard'), { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 4 }),
        async (fates, sizes) => {
          batches.headers.splice(0);
          batches.entries.splice(0);
          batches.fates = [...fates];
          const { stored, transact } = batches;
          const checkpoint = { logId: LOG, size: 0, root: NO_PREVIOUS, head: NO_PREVIOUS };
          const ending = new AbortController();
          const sut = new AuditTrail({
            logId: LOG,
            tail: new LogTail({ logId: LOG, stored, checkpoint: () => Promise.resolve(checkpoint) }),
            stored,
            transact,
            onCommitted: () => undefined,
            log: { warn: () => undefined },
            time,
          });
          const run = sut.run(ending.signal);
          let next = 0;
          let recorded = 0;
          for (const size of sizes) {
            const entries = Array.from({ length: size }, () => entry(next++));
            void sut.record(entries).then(() => (recorded += size));
            await time.advance(10);
          }
          await time.advance(100_000);
          ending.abort();
          await run;
          expect(recorded).to.equal(next);
          expect(numbers()).to.deep.equal([...Array(next).keys()]);
          for (const [index, header] of batches.headers.entries())
            expect(header.previous).to.equal(
              index === 0 ? NO_PREVIOUS : headerHashHex(batches.headers[index - 1]!),
            );
        },
      ),
      { numRuns: 30 },
    ));

  it('takes no more than memory may hold while the database is away', async () => {
    batches.fates = Array.from({ length: 1_000 }, () => 'lost' as const);
    for (let number = 0; number < 10_000; number += 1)
      void trail.record([entry(number)]).catch(() => undefined);
    expect(trail.hasRoom).to.equal(false);
    expect(await codeOf(trail.record([entry(1)]))).to.equal('DATABASE_UNAVAILABLE');
    batches.fates = [];
    await time.advance(60_000);
    expect(numbers()).to.have.length(10_000);
    expect(trail.hasRoom).to.equal(true);
  });

  it('writes what waits before it ends, and tells those whose entries it could not write', async () => {
    const written = trail.record([entry(1)]);
    await time.advance(0);
    stop.abort();
    await time.advance(0);
    await written;
    expect(numbers()).to.deep.equal([1]);
    expect(await codeOf(trail.record([entry(2)]))).to.equal('DATABASE_UNAVAILABLE');
  });
});
