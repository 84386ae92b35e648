import { expect } from 'chai';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { type Checkpoint, type Header, headerHashHex, NO_PREVIOUS } from '../../chaincode/protocol/header.ts';
import type { StoredHeader } from '../../sql/queries/log-headers.ts';
import { codeOf } from '../../test/harness/failure.ts';
import { type CheckpointKeeper, LogTail } from './log-tail.ts';

const LOG = 'ingest-1@operator';

/** Headers of a log, each following the one before; `mark` makes them others than those of another mark. */
function chain(count: number, mark = 'a', start: readonly Header[] = []): Header[] {
  const headers = [...start];
  while (headers.length < count) {
    const last = headers.at(-1);
    headers.push({
      logId: LOG,
      sequence: headers.length,
      size: 1,
      root: mark.repeat(64),
      previous: last === undefined ? NO_PREVIOUS : headerHashHex(last),
      ranges: '0'.repeat(64),
    });
  }
  return headers;
}

function checkpointOf(headers: readonly Header[]): Checkpoint {
  const last = headers.at(-1);
  const head = last === undefined ? NO_PREVIOUS : headerHashHex(last);
  return { logId: LOG, size: headers.length, root: '0'.repeat(64), head };
}

/** A log's rows and its checkpoint, which the test changes as it likes. */
class World {
  rows: Header[] = [];
  ledger: Checkpoint | undefined = checkpointOf([]);
  reads = 0;

  tail(keeper?: CheckpointKeeper): LogTail {
    return new LogTail({
      logId: LOG,
      stored: ({ from, to }) => {
        this.reads += 1;
        const rows = this.rows.filter(({ sequence }) => sequence >= from && sequence < to);
        return Promise.resolve(rows.map((header) => stored(header)));
      },
      checkpoint: () =>
        this.ledger === undefined
          ? Promise.reject(new BiotError('LEDGER_UNAVAILABLE', 'no peer'))
          : Promise.resolve(this.ledger),
      ...(keeper && { keeper }),
    });
  }
}

function stored(header: Header): StoredHeader {
  return { header, totalMessages: header.sequence + 1, totalReadings: 2 * (header.sequence + 1) };
}

function attempt(tail: LogTail, header: Header): void {
  const at = header.sequence + 1;
  const next = {
    nextSequence: at,
    previous: headerHashHex(header),
    totalMessages: at,
    totalReadings: 2 * at,
  };
  tail.attempt(header, next);
}

describe('the end of a log', () => {
  let world: World;

  beforeEach(() => {
    world = new World();
  });

  it('is behind the rows that continue the ledger, with their totals', async () => {
    const headers = chain(5);
    world.rows = headers;
    world.ledger = checkpointOf(headers.slice(0, 3));
    const tail = world.tail();
    expect(await tail.head()).to.deep.equal({
      nextSequence: 5,
      previous: headerHashHex(headers[4]!),
      totalMessages: 5,
      totalReadings: 10,
    });
    expect([tail.anchored, tail.waiting]).to.deep.equal([3, 2]);
    expect(await tail.next(10)).to.deep.equal(headers.slice(3));
  });

  it('is before the first row that does not follow', async () => {
    const headers = chain(3);
    for (const stranger of [
      { ...headers[2]!, previous: 'e'.repeat(64) },
      { ...headers[2]!, sequence: 7 },
    ]) {
      world.rows = [...headers.slice(0, 2), stranger];
      expect((await world.tail().head()).nextSequence).to.equal(2);
    }
  });

  it('is where the ledger says when SQL has less', async () => {
    world.rows = chain(2);
    world.ledger = checkpointOf(chain(4));
    const { nextSequence, previous } = await world.tail().head();
    expect([nextSequence, previous]).to.deep.equal([4, world.ledger.head]);
  });

  it('reads long logs page by page', async () => {
    world.rows = chain(1200);
    expect((await world.tail().head()).nextSequence).to.equal(1200);
    expect(world.reads).to.be.greaterThan(2);
  });

  it('moves by what this worker writes, and asks SQL no more', async () => {
    const tail = world.tail();
    await tail.head();
    const { reads } = world;
    for (const header of chain(3)) {
      attempt(tail, header);
      tail.written(header);
    }
    expect((await tail.head()).nextSequence).to.equal(3);
    expect(await tail.next(2)).to.deep.equal(chain(2));
    expect(world.reads).to.equal(reads);
  });

  describe('when nobody knows whether a batch was committed', () => {
    let tail: LogTail;
    const [first, other] = [chain(1)[0]!, chain(1, 'b')[0]!];

    beforeEach(async () => {
      tail = world.tail();
      await tail.head();
      attempt(tail, first);
      tail.doubt();
    });

    it('stays when it was not', async () => {
      expect((await tail.head()).nextSequence).to.equal(0);
      expect(tail.waiting).to.equal(0);
    });

    it('moves behind it when it was, also when it was tried again with other messages', async () => {
      attempt(tail, other);
      tail.doubt();
      world.rows = [first];
      expect(await tail.head()).to.deep.include({ nextSequence: 1, previous: headerHashHex(first) });
      expect(await tail.next(5)).to.deep.equal([first]);
    });

    it('stops at a row that this worker did not write, until it is gone', async () => {
      world.rows = [other];
      expect(await codeOf(tail.head())).to.equal('ANCHOR_CONFLICT');
      expect(await codeOf(tail.head())).to.equal('ANCHOR_CONFLICT');
      world.rows = [];
      expect((await tail.head()).nextSequence).to.equal(0);
    });
  });

  describe('by the word of the ledger', () => {
    it('lets go of what is anchored, and tells the keeper', async () => {
      const kept: Checkpoint[] = [];
      world.rows = chain(4);
      const tail = world.tail({ read: () => undefined, write: (checkpoint) => kept.push(checkpoint) });
      await tail.reached(checkpointOf(chain(3)));
      expect([tail.anchored, tail.waiting]).to.deep.equal([3, 1]);
      expect(await tail.next(5)).to.deep.equal(chain(4).slice(3));
      expect(kept).to.deep.equal([checkpointOf(chain(3))]);
    });

    it('stops when the ledger has another header than ours', async () => {
      world.rows = chain(3);
      const tail = world.tail();
      expect(await codeOf(tail.reached(checkpointOf(chain(2, 'b'))))).to.equal('ANCHOR_CONFLICT');
      expect(await codeOf(tail.reached(checkpointOf(chain(3, 'b', chain(2)))))).to.equal('ANCHOR_CONFLICT');
    });

    it('goes behind it when the ledger is ahead, as after a restored backup', async () => {
      const tail = world.tail();
      await tail.head();
      world.ledger = checkpointOf(chain(6));
      await tail.reached(world.ledger);
      expect((await tail.head()).nextSequence).to.equal(6);
    });

    it('reads from SQL again what there was too much of to keep, and says what SQL has lost', async function () {
      this.timeout(20_000);
      const headers = chain(65_538);
      world.rows = headers;
      const tail = world.tail();
      await tail.head();
      await tail.reached(checkpointOf(headers.slice(0, 65_536)));
      world.rows = [];
      expect(await codeOf(tail.next(5))).to.equal('ANCHOR_GAP');
      world.rows = headers;
      expect(await tail.next(5)).to.deep.equal(headers.slice(65_536));
    });
  });

  describe('while the ledger is away', () => {
    it('is known from what was kept', async () => {
      world.rows = chain(3);
      world.ledger = undefined;
      const tail = world.tail({ read: () => checkpointOf(chain(2)), write: () => undefined });
      expect((await tail.head()).nextSequence).to.equal(3);
      expect(tail.anchored).to.equal(2);
    });

    it('is not known when nothing was', async () => {
      world.ledger = undefined;
      const tail = world.tail({ read: () => undefined, write: () => undefined });
      expect(await codeOf(tail.head())).to.equal('LEDGER_UNAVAILABLE');
      world.ledger = checkpointOf([]);
      expect((await tail.head()).nextSequence).to.equal(0);
    });
  });
});
