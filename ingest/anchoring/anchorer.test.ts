import { expect } from 'chai';
import fc from 'fast-check';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import {
  ANCHOR_EVENT,
  type Checkpoint,
  type Header,
  headerHashHex,
  NO_PREVIOUS,
} from '../../chaincode/protocol/header.ts';
import type { AnchorLedger } from '../../network/ledger/anchors.ts';
import type { LedgerBlock, LedgerClient } from '../../network/ledger/client.ts';
import type { PendingAnchor } from '../../sql/queries/outbox.ts';
import type { Alert } from '../../sql/writers/alerts.ts';
import { IngestMetrics } from '../operations/metrics.ts';
import { FakeBroker } from '../testing/fake-broker.ts';
import { ManualTime } from '../testing/manual-time.ts';
import { Anchorer } from './anchorer.ts';
import type { AnchorPlace, Outbox } from './outbox.ts';

const LOG = 'ingest-1@operator';

/** What goes wrong with one attempt to append. */
type Fault = 'none' | 'before' | 'endorsed' | 'lost' | 'late' | 'database';

/** Append-only log with blocks, as the contract keeps it. */
class FakeLedger {
  readonly headers: Header[] = [];
  readonly chain: LedgerBlock[] = [block(0)];
  faults: Fault[] = [];
  #late: (() => void)[] = [];
  #transactions = 0;

  readonly anchors: Pick<AnchorLedger, 'append' | 'checkpoint' | 'list'> = {
    append: async (_, headers, options) => {
      const fault = this.faults.shift() ?? 'none';
      if (fault === 'before') throw new BiotError('LEDGER_UNAVAILABLE', 'no peer');
      this.#transactions += 1;
      const id = String(this.#transactions).padStart(64, '0');
      await options?.onPrepared?.(id);
      if (fault === 'endorsed') throw new BiotError('LEDGER_SUBMIT_FAILED', 'no orderer');
      if (fault === 'late') {
        this.#late.push(() => this.#commit(id, headers));
        throw new BiotError('LEDGER_COMMIT_UNKNOWN', 'no answer');
      }
      const at = this.#commit(id, headers);
      if (fault === 'lost') throw new BiotError('LEDGER_COMMIT_UNKNOWN', 'no answer');
      return { checkpoint: this.#checkpoint(), transaction: id, block: at };
    },
    checkpoint: () => Promise.resolve(this.#checkpoint()),
    list: (_, from, limit) => Promise.resolve(this.headers.slice(from, from + limit)),
  };

  readonly client: Pick<LedgerClient, 'blocks' | 'height' | 'transactionBlock'> = {
    height: () => Promise.resolve(this.chain.length),
    transactionBlock: (_, id) => {
      const found = this.chain.find(({ transactions }) => transactions.some((each) => each.id === id));
      return Promise.resolve(found && { block: found.number, valid: true });
    },
    blocks: (_, { from }) => asyncIterable(this.chain.slice(from)),
  };

  /** What was on its way comes into blocks. */
  catchUp(): void {
    for (const commit of this.#late.splice(0)) commit();
  }

  /** As the contract does it: known headers are passed over, and only the transaction that adds some says so. */
  #commit(id: string, headers: readonly Header[]): number {
    const from = this.headers.length;
    for (const header of headers) {
      const known = this.headers[header.sequence];
      if (known === undefined) {
        if (header.sequence !== this.headers.length) throw new BiotError('ANCHOR_GAP', 'gap');
        this.headers.push(header);
      } else if (known.root !== header.root) throw new BiotError('ANCHOR_CONFLICT', 'conflict');
    }
    const to = this.headers.length - 1;
    const number = this.chain.length;
    this.chain.push(
      block(number, id, to >= from ? { logId: LOG, from, to, root: '0'.repeat(64) } : undefined),
    );
    return number;
  }

  #checkpoint(): Checkpoint {
    const last = this.headers.at(-1);
    return {
      logId: LOG,
      size: this.headers.length,
      root: '0'.repeat(64),
      head: last ? headerHashHex(last) : NO_PREVIOUS,
    };
  }
}

function block(number: number, id?: string, event?: object): LedgerBlock {
  const payload = Buffer.from(JSON.stringify(event ?? {}));
  const told = event === undefined ? undefined : { chaincode: 'biot', name: ANCHOR_EVENT, payload };
  const transactions = id === undefined ? [] : [{ id, valid: true, validation: 'VALID', event: told }];
  return { number, dataHash: '', transactions };
}

async function* asyncIterable<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  for (const item of items) yield await Promise.resolve(item);
}

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

describe('Anchorer', () => {
  let ledger: FakeLedger;
  let outbox: FakeOutbox;
  let broker: FakeBroker;
  let time: ManualTime;

  beforeEach(() => {
    ledger = new FakeLedger();
    outbox = new FakeOutbox();
    broker = new FakeBroker();
    time = new ManualTime();
  });

  function create(): Anchorer {
    return new Anchorer({
      logId: LOG,
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

  it('finds without being woken what another process sealed', async () => {
    await live(6_000, async () => {
      await time.advance(100);
      outbox.seal(1);
    });
    expectAnchored(1);
  });

  it('waits while Fabric is away, and follows when it is back', async () => {
    ledger.faults = Array<Fault>(20).fill('before');
    outbox.seal(3);
    await live(600_000);
    expectAnchored(3);
  });

  it('marks a transaction that was committed though nobody said so, by the transaction that did it', async () => {
    ledger.faults = ['lost'];
    outbox.seal(3);
    await live(60_000);
    expectAnchored(3);
    expect(ledger.chain).to.have.length(2);
  });

  it('waits for a transaction that an orderer took and that comes into a block late', async () => {
    ledger.faults = ['late'];
    outbox.seal(2);
    await live(60_000, async () => {
      await time.advance(2_000);
      ledger.catchUp();
    });
    expectAnchored(2);
    expect(ledger.chain).to.have.length(2);
  });

  it('sends again what never came into a block', async () => {
    ledger.faults = ['endorsed'];
    outbox.seal(2);
    await live(60_000);
    expectAnchored(2);
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
    const fault = fc.constantFrom<Fault>('none', 'before', 'endorsed', 'lost', 'late');
    const life = fc.record({
      seal: fc.nat(3),
      faults: fc.array(fault, { maxLength: 4 }),
      databaseFails: fc.boolean(),
      ms: fc.nat(4_000),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(life, { minLength: 1, maxLength: 6 }), async (lives) => {
        ledger = new FakeLedger();
        outbox = new FakeOutbox();
        for (const { seal, faults, databaseFails, ms } of lives) {
          outbox.seal(seal);
          ledger.faults = [...faults];
          outbox.failNext = databaseFails;
          await live(ms);
          ledger.catchUp();
        }
        ledger.faults = [];
        await live(120_000);
        expectAnchored(outbox.rows.length);
      }),
      { numRuns: 60 },
    );
  }).timeout(30_000);
});
