import { expect } from 'chai';
import fc from 'fast-check';

import { anchorEventSchema, type Header } from '../../chaincode/protocol/header.ts';
import { AnchorLog, chain, expectedCheckpoint, LOG } from './harness/anchor-log.ts';
import { enrol } from './harness/members.ts';
import { headerChain } from './harness/samples.ts';

const OTHER_HASH = 'ab'.repeat(32);

describe('AnchorContract:Append', () => {
  let log: AnchorLog;

  beforeEach(async () => {
    log = await AnchorLog.open();
  });

  it('answers with the checkpoint and tells the channel what was added', async () => {
    await log.append(chain.slice(0, 3));
    const { result, event } = await log.append(chain.slice(3, 8));
    expect(result).to.deep.equal(expectedCheckpoint(chain.slice(0, 8)));
    expect(event?.name).to.equal('anchors');
    expect(anchorEventSchema.parse(event?.payload)).to.deep.equal({
      logId: LOG,
      from: 3,
      to: 7,
      root: expectedCheckpoint(chain.slice(0, 8)).root,
    });
  });

  it('takes 500 headers at once, not none and not 501', async () => {
    const long = headerChain(LOG, 501);
    expect(await log.refusedAppend(long)).to.equal('INVALID_ARGUMENT');
    expect(await log.refusedAppend([])).to.equal('INVALID_ARGUMENT');
    const { result } = await log.append(long.slice(0, 500));
    expect(result).to.deep.equal(expectedCheckpoint(long.slice(0, 500)));
  });

  it('of what is there already succeeds, writes nothing and tells nobody', async () => {
    await log.append(chain.slice(0, 5));
    const { result, event, writes } = await log.append(chain.slice(1, 4));
    expect(result).to.deep.equal(expectedCheckpoint(chain.slice(0, 5)));
    expect({ event, writes }).to.deep.equal({ event: undefined, writes: [] });
  });

  it('of some that are there and some that are new adds the new', async () => {
    await log.append(chain.slice(0, 5));
    const { result, event } = await log.append(chain.slice(2, 9));
    expect(result).to.deep.equal(expectedCheckpoint(chain.slice(0, 9)));
    expect(event?.payload).to.include({ from: 5, to: 8 });
  });

  it('begins at 0 with no previous header', async () => {
    const [first, second] = chain;
    expect(await log.refusedAppend([{ ...first, previous: OTHER_HASH }])).to.equal('ANCHOR_CONFLICT');
    expect(await log.refusedAppend([second])).to.equal('ANCHOR_GAP');
  });

  it('refuses to leave one out', async () => {
    await log.append(chain.slice(0, 3));
    expect(await log.refusedAppend(chain.slice(4, 6))).to.equal('ANCHOR_GAP');
    expect(await log.refusedAppend([chain[3], chain[5]])).to.equal('INVALID_ARGUMENT');
  });

  it('refuses headers out of order or twice in one call', async () => {
    await log.append(chain.slice(0, 1));
    expect(await log.refusedAppend([chain[2], chain[1]])).to.equal('INVALID_ARGUMENT');
    expect(await log.refusedAppend([chain[1], chain[1]])).to.equal('INVALID_ARGUMENT');
    expect(await log.refusedAppend([chain[0], chain[0]])).to.equal('INVALID_ARGUMENT');
  });

  it('refuses a header of another log, and to write to another log', async () => {
    const foreign = headerChain('ingest@manufacturer', 1);
    expect(await log.refusedAppend(foreign)).to.equal('INVALID_ARGUMENT');
    expect(await log.refusedAppend(foreign, 'ingest@manufacturer')).to.equal('FORBIDDEN');
  });

  it("is refused to another worker of the writer's own organisation", async () => {
    const other = await enrol({
      mspId: 'OperatorMSP',
      commonName: 'ingest-2@operator',
      attributes: { 'biot.role': 'ingest' },
    });
    const headers = JSON.stringify(chain.slice(0, 1));
    expect((await log.channel.refusal(other, 'AnchorContract:Append', LOG, headers)).code).to.equal(
      'FORBIDDEN',
    );
  });

  it('lets one of two simultaneous appends win; the other, repeated, finds its header there', async () => {
    const calls = [1, 1].map(() =>
      log.channel.prepare(log.writer, 'AnchorContract:Append', LOG, JSON.stringify(chain.slice(0, 1))),
    );
    const endorsements = await Promise.all(calls.map((call) => log.channel.endorse(call)));
    expect(calls.map((call, index) => log.channel.commit(call, endorsements[index]!))).to.deep.equal([
      true,
      false,
    ]);
    expect((await log.append(chain.slice(0, 1))).writes).to.deep.equal([]);
    expect(await log.checkpoint()).to.deep.equal(expectedCheckpoint(chain.slice(0, 1)));
  });

  it('gives the same log however the headers are cut and repeated', async () => {
    const pieces = fc.array(fc.record({ back: fc.nat(8), ahead: fc.integer({ min: 0, max: 12 }) }), {
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(pieces, async (cuts) => {
        log = await AnchorLog.open();
        let size = 0;
        for (const { back, ahead } of cuts) {
          const from = Math.max(0, size - back);
          const to = Math.min(chain.length, size + ahead);
          if (from === to) continue;
          const { result } = await log.append(chain.slice(from, to));
          size = Math.max(size, to);
          expect(result).to.deep.equal(expectedCheckpoint(chain.slice(0, size)));
        }
        expect(await log.checkpoint()).to.deep.equal(expectedCheckpoint(chain.slice(0, size)));
      }),
      { numRuns: 40 },
    );
  });

  const alteration = fc.oneof(
    fc.constantFrom<Partial<Header>>({ root: OTHER_HASH }, { ranges: OTHER_HASH }, { previous: OTHER_HASH }),
    fc.constantFrom<Partial<Header>>({ size: 9 }, { logId: 'ingest@auditor' }, { sequence: 99 }),
    fc.constantFrom<object>({ root: 'AB'.repeat(32) }, { size: 0 }, { size: 16_385 }, { note: 'more' }),
    fc.constantFrom<object>({ size: '1' }, { sequence: 0.5 }, { sequence: -1 }, { root: null }),
  );

  it('refuses a header that differs in any field from the one that is there', async () => {
    await log.append(chain.slice(0, 10));
    const before = await log.checkpoint();
    await fc.assert(
      fc.asyncProperty(fc.nat(9), alteration, async (index, changes) => {
        expect(await log.refusedAppend([{ ...chain[index], ...changes }])).to.be.oneOf([
          'ANCHOR_CONFLICT',
          'ANCHOR_GAP',
          'INVALID_ARGUMENT',
          'FORBIDDEN',
        ]);
        expect(await log.checkpoint()).to.deep.equal(before);
      }),
      { numRuns: 60 },
    );
  });

  it('refuses a chain in which any header but the last was altered', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 12 }), fc.nat(), alteration, async (length, at, changes) => {
        log = await AnchorLog.open();
        const index = at % (length - 1);
        const altered = chain.slice(0, length).map((header, place) => ({
          ...header,
          ...(place === index ? changes : {}),
        }));
        expect(await log.refusedAppend(altered)).to.be.oneOf(['ANCHOR_CONFLICT', 'INVALID_ARGUMENT']);
        expect((await log.checkpoint()).size).to.equal(0);
      }),
      { numRuns: 60 },
    );
  });
});
