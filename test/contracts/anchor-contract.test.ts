import { expect } from 'chai';
import fc from 'fast-check';
import { z } from 'zod';

import {
  anchorEventSchema,
  type Checkpoint,
  checkpointSchema,
  type Header,
  headerHash,
  headerHashHex,
  headerSchema,
  NO_PREVIOUS,
} from '../../chaincode/protocol/header.ts';
import { toHex } from '../../chaincode/protocol/hash.ts';
import { merkleRoot } from '../../chaincode/protocol/merkle.ts';
import { type Committed, TestChannel } from './harness/channel.ts';
import { type Credentials, enrol, enrolRole } from './harness/members.ts';
import { headerChain } from './harness/samples.ts';

const LOG = 'ingest@operator';
const OTHER_HASH = 'ab'.repeat(32);
const chain = headerChain(LOG, 60);

/** The checkpoint of a log that holds exactly these headers, computed without the contract. */
function expectedCheckpoint(headers: readonly Header[]): Checkpoint {
  const last = headers.at(-1);
  return {
    logId: LOG,
    size: headers.length,
    root: toHex(merkleRoot(headers.map(headerHash))),
    head: last === undefined ? NO_PREVIOUS : headerHashHex(last),
  };
}

describe('AnchorContract', () => {
  let writer: Credentials;
  let auditor: Credentials;
  let channel: TestChannel;

  before(async () => {
    writer = await enrolRole('operator', 'ingest');
    auditor = await enrolRole('auditor', 'auditor');
  });

  beforeEach(() => {
    channel = new TestChannel('anchors');
  });

  function append(headers: readonly Header[]): Promise<Committed> {
    return channel.submit(writer, 'AnchorContract:Append', LOG, JSON.stringify(headers));
  }

  async function refusedAppend(headers: unknown, logId = LOG): Promise<string> {
    const { code } = await channel.refusal(writer, 'AnchorContract:Append', logId, JSON.stringify(headers));
    return code;
  }

  async function checkpoint(): Promise<Checkpoint> {
    return checkpointSchema.parse(await channel.evaluate(auditor, 'AnchorContract:Checkpoint', LOG));
  }

  describe('Append', () => {
    it('answers with the checkpoint and tells the channel what was added', async () => {
      await append(chain.slice(0, 3));
      const { result, event } = await append(chain.slice(3, 8));
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
      expect(await refusedAppend(long)).to.equal('INVALID_ARGUMENT');
      expect(await refusedAppend([])).to.equal('INVALID_ARGUMENT');
      const { result } = await append(long.slice(0, 500));
      expect(result).to.deep.equal(expectedCheckpoint(long.slice(0, 500)));
    });

    it('of what is there already succeeds, writes nothing and tells nobody', async () => {
      await append(chain.slice(0, 5));
      const { result, event, writes } = await append(chain.slice(1, 4));
      expect(result).to.deep.equal(expectedCheckpoint(chain.slice(0, 5)));
      expect({ event, writes }).to.deep.equal({ event: undefined, writes: [] });
    });

    it('of some that are there and some that are new adds the new', async () => {
      await append(chain.slice(0, 5));
      const { result, event } = await append(chain.slice(2, 9));
      expect(result).to.deep.equal(expectedCheckpoint(chain.slice(0, 9)));
      expect(event?.payload).to.include({ from: 5, to: 8 });
    });

    it('begins at 0 with no previous header', async () => {
      const [first, second] = chain;
      expect(await refusedAppend([{ ...first, previous: OTHER_HASH }])).to.equal('ANCHOR_CONFLICT');
      expect(await refusedAppend([second])).to.equal('ANCHOR_GAP');
    });

    it('refuses to leave one out', async () => {
      await append(chain.slice(0, 3));
      expect(await refusedAppend(chain.slice(4, 6))).to.equal('ANCHOR_GAP');
      expect(await refusedAppend([chain[3], chain[5]])).to.equal('INVALID_ARGUMENT');
    });

    it('refuses headers out of order or twice in one call', async () => {
      await append(chain.slice(0, 1));
      expect(await refusedAppend([chain[2], chain[1]])).to.equal('INVALID_ARGUMENT');
      expect(await refusedAppend([chain[1], chain[1]])).to.equal('INVALID_ARGUMENT');
      expect(await refusedAppend([chain[0], chain[0]])).to.equal('INVALID_ARGUMENT');
    });

    it('refuses a header of another log, and to write to another log', async () => {
      const foreign = headerChain('ingest@manufacturer', 1);
      expect(await refusedAppend(foreign)).to.equal('INVALID_ARGUMENT');
      expect(await refusedAppend(foreign, 'ingest@manufacturer')).to.equal('FORBIDDEN');
    });

    it("is refused to another worker of the writer's own organisation", async () => {
      const other = await enrol({
        mspId: 'OperatorMSP',
        commonName: 'ingest-2@operator',
        attributes: { 'biot.role': 'ingest' },
      });
      const headers = JSON.stringify(chain.slice(0, 1));
      expect((await channel.refusal(other, 'AnchorContract:Append', LOG, headers)).code).to.equal(
        'FORBIDDEN',
      );
    });

    it('lets one of two simultaneous appends win; the other, repeated, finds its header there', async () => {
      const calls = [1, 1].map(() =>
        channel.prepare(writer, 'AnchorContract:Append', LOG, JSON.stringify(chain.slice(0, 1))),
      );
      const endorsements = await Promise.all(calls.map((call) => channel.endorse(call)));
      expect(calls.map((call, index) => channel.commit(call, endorsements[index]!))).to.deep.equal([
        true,
        false,
      ]);
      expect((await append(chain.slice(0, 1))).writes).to.deep.equal([]);
      expect(await checkpoint()).to.deep.equal(expectedCheckpoint(chain.slice(0, 1)));
    });

    it('gives the same log however the headers are cut and repeated', async () => {
      const pieces = fc.array(fc.record({ back: fc.nat(8), ahead: fc.integer({ min: 0, max: 12 }) }), {
        minLength: 1,
        maxLength: 8,
      });
      await fc.assert(
        fc.asyncProperty(pieces, async (cuts) => {
          channel = new TestChannel('anchors');
          let size = 0;
          for (const { back, ahead } of cuts) {
            const from = Math.max(0, size - back);
            const to = Math.min(chain.length, size + ahead);
            if (from === to) continue;
            const { result } = await append(chain.slice(from, to));
            size = Math.max(size, to);
            expect(result).to.deep.equal(expectedCheckpoint(chain.slice(0, size)));
          }
          expect(await checkpoint()).to.deep.equal(expectedCheckpoint(chain.slice(0, size)));
        }),
        { numRuns: 40 },
      );
    });

    const alteration = fc.oneof(
      fc.constantFrom<Partial<Header>>(
        { root: OTHER_HASH },
        { ranges: OTHER_HASH },
        { previous: OTHER_HASH },
      ),
      fc.constantFrom<Partial<Header>>({ size: 9 }, { logId: 'ingest@auditor' }, { sequence: 99 }),
      fc.constantFrom<object>({ root: 'AB'.repeat(32) }, { size: 0 }, { size: 16_385 }, { note: 'more' }),
      fc.constantFrom<object>({ size: '1' }, { sequence: 0.5 }, { sequence: -1 }, { root: null }),
    );

    it('refuses a header that differs in any field from the one that is there', async () => {
      await append(chain.slice(0, 10));
      const before = await checkpoint();
      await fc.assert(
        fc.asyncProperty(fc.nat(9), alteration, async (index, changes) => {
          expect(await refusedAppend([{ ...chain[index], ...changes }])).to.be.oneOf([
            'ANCHOR_CONFLICT',
            'ANCHOR_GAP',
            'INVALID_ARGUMENT',
            'FORBIDDEN',
          ]);
          expect(await checkpoint()).to.deep.equal(before);
        }),
        { numRuns: 60 },
      );
    });

    it('refuses a chain in which any header but the last was altered', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 2, max: 12 }),
          fc.nat(),
          alteration,
          async (length, at, changes) => {
            channel = new TestChannel('anchors');
            const index = at % (length - 1);
            const altered = chain.slice(0, length).map((header, place) => ({
              ...header,
              ...(place === index ? changes : {}),
            }));
            expect(await refusedAppend(altered)).to.be.oneOf(['ANCHOR_CONFLICT', 'INVALID_ARGUMENT']);
            expect((await checkpoint()).size).to.equal(0);
          },
        ),
        { numRuns: 60 },
      );
    });
  });

  describe('reading', () => {
    const listSchema = z.array(headerSchema);

    it('Checkpoint of a log that nobody wrote is that of an empty log', async () => {
      expect(await checkpoint()).to.deep.equal({
        logId: LOG,
        size: 0,
        root: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
        head: '0'.repeat(64),
      });
    });

    it('Get gives the header as it was appended', async () => {
      await append(chain.slice(0, 12));
      for (const header of chain.slice(0, 12)) {
        const answer = await channel.evaluate(auditor, 'AnchorContract:Get', LOG, String(header.sequence));
        expect(answer).to.deep.equal(header);
      }
    });

    it('Get tells what is not there from what cannot be', async () => {
      await append(chain.slice(0, 1));
      const code = async (sequence: string): Promise<string> =>
        (await channel.refusal(auditor, 'AnchorContract:Get', LOG, sequence)).code;
      expect(await code('1')).to.equal('NOT_FOUND');
      expect(await code('9007199254740991')).to.equal('NOT_FOUND');
      for (const sequence of ['-1', '1.0', '', '0x0', '1e0', '00', '9007199254740993', ' 0', '٣']) {
        expect(await code(sequence), sequence).to.equal('INVALID_ARGUMENT');
      }
    });

    it('List gives any stretch of the log, in order of number', async () => {
      await append(chain);
      for (const [from, limit] of [
        [0, 500],
        [0, 1],
        [7, 9],
        [9, 2],
        [58, 10],
        [60, 10],
        [1_000_000, 10],
      ] as const) {
        const answer = await channel.evaluate(
          auditor,
          'AnchorContract:List',
          LOG,
          String(from),
          String(limit),
        );
        expect(listSchema.parse(answer)).to.deep.equal(chain.slice(from, from + limit));
      }
    });

    it('List keeps to its log, also where names begin alike', async () => {
      for (const name of ['ingest', 'ingest-1', 'ingesu']) {
        const logId = `${name}@operator`;
        const caller = await enrol({
          mspId: 'OperatorMSP',
          commonName: logId,
          attributes: { 'biot.role': 'ingest' },
        });
        const headers = JSON.stringify(headerChain(logId, 3));
        await channel.submit(caller, 'AnchorContract:Append', logId, headers);
      }
      const answer = await channel.evaluate(auditor, 'AnchorContract:List', LOG, '1', '500');
      expect(listSchema.parse(answer)).to.deep.equal(chain.slice(1, 3));
      const logs = z.array(checkpointSchema).parse(await channel.evaluate(auditor, 'AnchorContract:Logs'));
      expect(logs.map(({ logId, size }) => ({ logId, size }))).to.deep.equal([
        { logId: 'ingest-1@operator', size: 3 },
        { logId: 'ingest@operator', size: 3 },
        { logId: 'ingesu@operator', size: 3 },
      ]);
      expect(logs[1]).to.deep.equal(expectedCheckpoint(chain.slice(0, 3)));
    });

    it('List refuses limits and places that are no numbers of ours', async () => {
      for (const [from, limit] of [
        ['0', '0'],
        ['0', '501'],
        ['0', ''],
        ['', '1'],
        ['-1', '1'],
      ] as const) {
        const { code } = await channel.refusal(auditor, 'AnchorContract:List', LOG, from, limit);
        expect(code).to.equal('INVALID_ARGUMENT');
      }
    });

    it('Logs of an empty channel are none', async () => {
      expect(await channel.evaluate(auditor, 'AnchorContract:Logs')).to.deep.equal([]);
    });

    it('refuses what is no log id', async () => {
      for (const logId of ['', 'ingest', 'a@b@c', 'ingest@operator\u0000']) {
        const { code } = await channel.refusal(auditor, 'AnchorContract:Checkpoint', logId);
        expect(code, JSON.stringify(logId)).to.equal('INVALID_ARGUMENT');
      }
    });
  });
});
