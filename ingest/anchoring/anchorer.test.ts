import { expect } from 'chai';
import fc from 'fast-check';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { type Header, headerHashHex, NO_PREVIOUS } from '../../chaincode/protocol/header.ts';
import type { PendingAnchor } from '../../sql/queries/outbox.ts';
import type { Alert } from '../../sql/writers/alerts.ts';
import { IngestMetrics } from '../operations/metrics.ts';
import { FakeBroker } from '../testing/fake-broker.ts';
import { type Fate, FakeLedger } from '../testing/fake-ledger.ts';
import { ManualTime } from '../testing/manual-time.ts';
import { Anchorer } from './anchorer.ts';
import type { AnchorPlace, Outbox } from './outbox.ts';

const LOG = 'ingest-1@operator';

interface Row {
  anchor: PendingAnchor;
  place: { transaction: string; block: number } | undefined;
}

class FakeOutbox implements Outbox {
  readonly rows: Row[] = [];
  readonly alerts: Alert[] = [];
  failNext = false;

  seal(count: number): void {
    for (let index = 0; index < count; index += 1) {
      const last = this.rows.at(-1)?.anchor.header;
      const header: Header = {
        logId: LOG,
        sequence: this.rows.length,
        size: 1,
        root: String(this.rows.length).padStart(64, '0'),
        previous: last ? headerHashHex(last) : NO_PREVIOUS,
        ranges: '0'.repeat(64),
      };
      this.rows.push({
        anchor: { header, state: 'sealed', transaction: null, intact: true },
        place: undefined,
      });
    }
  }

  #touch(): Promise<void> {
    if (!this.failNext) return Promise.resolve();
    this.failNext = false;
    return Promise.reject(new BiotError('DATABASE_UNAVAILABLE', 'down'));
  }

  async pending(limit: number): Promise<PendingAnchor[]> {
    await this.#touch();
    const open = this.rows.filter(({ place }) => place === undefined);
    return open.slice(0, limit).map(({ anchor }) => anchor);
  }

  lastBlock(): Promise<number | undefined> {
    return Promise.resolve(this.rows.filter(({ place }) => place !== undefined).at(-1)?.place?.block);
  }

  async submitted(headers: readonly Header[], transaction: string): Promise<void> {
    await this.#touch();
    for (const { sequence } of headers) {
      const row = this.rows[sequence]!;
      row.anchor = { ...row.anchor, state: 'submitted', transaction };
    }
  }

  async committed({ from, to, transaction, block: number }: AnchorPlace): Promise<void> {
    await this.#touch();
    for (const row of this.rows.slice(from, to + 1)) row.place ??= { transaction, block: number };
  }

  alert(alert: Alert): Promise<void> {
    this.alerts.push(alert);
    return Promise.resolve();
  }
}

const INTERVAL_MS = 500;

describe('Anchorer', () => {
  let ledger: FakeLedger;
  let outbox: FakeOutbox;
  let broker: FakeBroker;
  let time: ManualTime;

  beforeEach(() => {
    ledger = new FakeLedger(LOG);
    outbox = new FakeOutbox();
    broker = new FakeBroker();
    time = new ManualTime();
  });

  function create(): Anchorer {
    return new Anchorer({
      logId: LOG,
      intervalMs: INTERVAL_MS,
      outbox,
      anchors: ledger.anchors,
      client: ledger.client,
      publisher: broker,
      metrics: new IngestMetrics(),
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
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
    expect(broker.to('biot/anchored/ingest-1@operator')).to.deep.equal([
      { logId: LOG, from: 0, to: 499, block: 1 },
      { logId: LOG, from: 500, to: 999, block: 2 },
      { logId: LOG, from: 1000, to: 1199, block: 3 },
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

  it('finds without being woken what another process sealed', async () => {
    await live(6_000, async () => {
      await time.advance(100);
      outbox.seal(1);
    });
    expectAnchored(1);
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
    outbox.seal(2);
    ledger.headers.push({ ...outbox.rows[0]!.anchor.header, root: 'ff'.repeat(32) });
    await live(300_000);
    expect(ledger.headers).to.have.length(1);
    expect(outbox.rows.filter(({ place }) => place !== undefined)).to.have.length(0);
    expect(outbox.alerts.map(({ type, severity }) => [type, severity])).to.deep.equal([
      ['ANCHOR_CONFLICT', 'critical'],
    ]);
  });

  it('does not anchor a header that was changed in the database after it was sealed', async () => {
    outbox.seal(2);
    outbox.rows[1]!.anchor = { ...outbox.rows[1]!.anchor, intact: false };
    await live(60_000);
    expect(ledger.headers).to.have.length(0);
    expect(outbox.alerts).to.have.length(1);
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
        outbox = new FakeOutbox();
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
