import { expect } from 'chai';
import fc from 'fast-check';

import { FakeOutbox } from './testing/fake-outbox.ts';
import type { Anchored } from '../../chaincode/protocol/receipt.ts';
import { Troubles } from './troubles.ts';
import { LogTail } from './log-tail.ts';
import { type Fate, FakeLedger } from './testing/fake-ledger.ts';
import { ManualTime } from '../../ingest/testing/manual-time.ts';
import { Anchorer } from './anchorer.ts';

const LOG = 'ingest-1@operator';
const INTERVAL_MS = 500;

const NO_METRICS = {
  anchored: { inc: () => undefined },
  anchorFailures: { inc: () => undefined },
  anchorSeconds: { startTimer: () => () => undefined },
  observeOutbox: () => undefined,
};

describe('Anchorer', () => {
  let ledger: FakeLedger;
  let outbox: FakeOutbox;
  let announced: Anchored[];
  let time: ManualTime;
  let troubles: Troubles;
  let warnings: number;

  beforeEach(() => {
    ledger = new FakeLedger(LOG);
    outbox = new FakeOutbox(LOG);
    announced = [];
    time = new ManualTime();
    warnings = 0;
  });

  function create(): Anchorer {
    const log = { info: () => undefined, warn: () => (warnings += 1), error: () => undefined };
    const { stored } = outbox;
    const tail = new LogTail({ logId: LOG, stored, checkpoint: () => ledger.anchors.checkpoint(LOG) });
    outbox.tail = tail;
    troubles = new Troubles({ logId: LOG, alert: outbox.alert, log, now: () => time.now() });
    return new Anchorer({
      logId: LOG,
      intervalMs: INTERVAL_MS,
      outbox,
      tail,
      troubles,
      anchors: ledger.anchors,
      client: ledger.client,
      announce: (anchored) => announced.push(anchored),
      metrics: NO_METRICS,
      log,
      time,
    });
  }

  /** Runs an anchorer for a while, as a process does that is then stopped. */
  async function live(ms: number, during: (anchorer: Anchorer) => Promise<void> | void = () => undefined) {
    const stop = new AbortController();
    const anchorer = create();
    const running = anchorer.run(stop.signal);
    await during(anchorer);
    await time.advance(ms);
    stop.abort();
    await time.advance(0);
    await running;
  }

  /** Each header is on the ledger once, in order, and its row says where. */
  function expectAnchored(count: number): void {
    expect(ledger.headers.map(({ sequence }) => sequence)).to.deep.equal([...Array(count).keys()]);
    for (const { anchor, place } of outbox.rows) {
      const at = ledger.chain[place?.block ?? -1]?.transactions[0];
      expect(at?.id).to.equal(place?.transaction);
      const { from, to } = JSON.parse(Buffer.from(at!.event!.payload).toString()) as {
        from: number;
        to: number;
      };
      expect(anchor.header.sequence).to.be.within(from, to);
    }
    expect(outbox.rows.filter(({ place }) => place === undefined)).to.have.length(0);
  }

  it('anchors what is sealed, many headers in one transaction, and tells who watches', async () => {
    outbox.seal(1_200);
    await live(100);
    expectAnchored(1_200);
    expect(ledger.chain).to.have.length(4);
    expect(announced).to.deep.equal([
      { logId: LOG, from: 0, to: 499, transaction: '1'.padStart(64, '0'), block: 1 },
      { logId: LOG, from: 500, to: 999, transaction: '2'.padStart(64, '0'), block: 2 },
      { logId: LOG, from: 1000, to: 1199, transaction: '3'.padStart(64, '0'), block: 3 },
    ]);
  });

  it('anchors at once what is sealed while it waits, when it is woken', async () => {
    await live(100, async (anchorer) => {
      await time.advance(1_000);
      outbox.seal(1);
      anchorer.wake();
    });
    expectAnchored(1);
  });

  it('gathers what is sealed within the interval into one transaction', async () => {
    await live(2 * INTERVAL_MS, async (anchorer) => {
      for (let index = 0; index < 10; index += 1) {
        outbox.seal(1);
        anchorer.wake();
        await time.advance(INTERVAL_MS / 20);
      }
    });
    expectAnchored(10);
    expect(ledger.chain).to.have.length(3);
  });

  it('marks again what somebody set back long after, by the ledger alone, and goes on', async () => {
    outbox.seal(2);
    await live(60_000, async (anchorer) => {
      await time.advance(10_000);
      outbox.seal(3);
      anchorer.wake();
      await time.advance(10_000);
      outbox.rows[1]!.place = undefined;
      outbox.rows[1]!.anchor = { ...outbox.rows[1]!.anchor, state: 'sealed', transaction: 'ff'.repeat(32) };
      for (const row of outbox.rows.slice(2)) row.place = { transaction: 'ee'.repeat(32), block: 999_999 };
      await time.advance(10_000);
      expect(outbox.rows.map(({ place }) => place?.block)[1]).to.equal(1);
      outbox.seal(1);
      anchorer.wake();
    });
    expect(ledger.headers).to.have.length(6);
    expect(outbox.rows[5]!.place?.block).to.equal(3);
  });

  it('marks as committed, without a block, what no block tells of', async () => {
    outbox.seal(2);
    await live(60_000);
    outbox.rows[0]!.place = undefined;
    ledger.chain.splice(1, 1, ledger.chain[0]!);
    await live(60_000);
    expect(outbox.rows[0]!.place).to.deep.equal({ transaction: null, block: null });
  });

  it('anchors what its worker wrote, whatever SQL says of it before it is anchored', async () => {
    await live(60_000, async (anchorer) => {
      await time.advance(1_000);
      outbox.seal(2);
      const { anchor } = outbox.rows[0]!;
      outbox.rows[0]!.anchor = { ...anchor, header: { ...anchor.header, root: 'ff'.repeat(32) } };
      anchorer.wake();
    });
    expect(ledger.headers.map(({ root }) => Number(root))).to.deep.equal([0, 1]);
  });

  it('takes at a start what continues the ledger without a gap, and nothing behind a gap', async () => {
    outbox.seal(3);
    const { anchor } = outbox.rows[2]!;
    outbox.rows[2]!.anchor = { ...anchor, header: { ...anchor.header, sequence: 888_888 } };
    await live(60_000);
    expect(ledger.headers).to.have.length(2);
    expect(troubles.reasons()).to.deep.equal({});
  });

  it('tells when it has stood still for long, in few words, and when it goes on', async () => {
    ledger.fates = Array<Fate>(200).fill('unendorsed');
    outbox.seal(1);
    await live(600_000, async () => {
      await time.advance(120_000);
      expect(troubles.reasons().anchoring).to.match(/^LEDGER_UNAVAILABLE: /);
      ledger.fates = [];
      await time.advance(60_000);
      expect(troubles.reasons()).to.deep.equal({});
    });
    expect(outbox.alerts.map(({ type }) => type)).to.deep.equal(['ANCHORING_STALLED']);
    expect(warnings).to.be.at.most(4);
  });

  it('waits while Fabric is away, and follows when it is back', async () => {
    ledger.fates = Array<Fate>(20).fill('unendorsed');
    outbox.seal(3);
    await live(600_000);
    expectAnchored(3);
  });

  it('marks a transaction that was committed though nobody said so, by the transaction that did it', async () => {
    ledger.fates = ['unheard'];
    outbox.seal(3);
    await live(60_000);
    expectAnchored(3);
    expect(ledger.chain).to.have.length(2);
  });

  it('waits for a transaction that an orderer took and that comes into a block late', async () => {
    ledger.fates = ['late'];
    outbox.seal(2);
    await live(60_000, async () => {
      await time.advance(2_000);
      ledger.catchUp();
    });
    expectAnchored(2);
    expect(ledger.chain).to.have.length(2);
  });

  it('sends again what never came into a block', async () => {
    ledger.fates = ['unordered'];
    outbox.seal(2);
    await live(60_000);
    expectAnchored(2);
  });

  it('names the transaction that appended a header, also when a later one of the same headers lost to it', async () => {
    ledger.fates = ['late', 'overtaken'];
    outbox.seal(2);
    await live(60_000);
    expectAnchored(2);
    expect(outbox.rows[0]?.anchor.transaction).not.to.equal(outbox.rows[0]?.place?.transaction);
  });

  it('does not send what the database could not note', async () => {
    outbox.seal(1);
    await live(0, async (anchorer) => {
      await time.advance(0);
      outbox.seal(1);
      outbox.failNext = true;
      anchorer.wake();
    });
    await live(60_000);
    expectAnchored(2);
  });

  it('stops and raises one alert when the ledger has another header in its place', async () => {
    await live(300_000, async (anchorer) => {
      await time.advance(1_000);
      outbox.seal(2);
      ledger.headers.push({ ...outbox.rows[0]!.anchor.header, root: 'ff'.repeat(32) });
      anchorer.wake();
    });
    expect(ledger.headers).to.have.length(1);
    expect(outbox.rows.filter(({ place }) => place !== undefined)).to.have.length(0);
    expect(outbox.alerts.map(({ type, severity }) => [type, severity])).to.deep.equal([
      ['ANCHOR_CONFLICT', 'critical'],
    ]);
    expect(troubles.reasons().anchoring).to.match(/^ANCHOR_CONFLICT: /);
  });

  it('neither loses nor doubles an anchor, whatever fails and however often it is killed', async () => {
    const fate = fc.constantFrom<Fate>(
      'committed',
      'unendorsed',
      'unordered',
      'unheard',
      'late',
      'overtaken',
    );
    const life = fc.record({
      seal: fc.nat(3),
      fates: fc.array(fate, { maxLength: 4 }),
      databaseFails: fc.boolean(),
      ms: fc.nat(4_000),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(life, { minLength: 1, maxLength: 6 }), async (lives) => {
        ledger = new FakeLedger(LOG);
        outbox = new FakeOutbox(LOG);
        for (const { seal, fates, databaseFails, ms } of lives) {
          outbox.seal(seal);
          ledger.fates = [...fates];
          outbox.failNext = databaseFails;
          await live(ms);
          ledger.catchUp();
        }
        ledger.fates = [];
        await live(120_000);
        expectAnchored(outbox.rows.length);
      }),
      { numRuns: 60 },
    );
  }).timeout(30_000);
});
