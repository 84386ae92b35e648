import { expect } from 'chai';
import fc from 'fast-check';

import { type Header, headerHashHex, MAX_HEADERS, NO_PREVIOUS } from '../../chaincode/protocol/header.ts';
import { compareHeaders, type HeaderSources, MOST_PAGES_ASKED } from './header-chain.ts';

const LOG = 'ingest-1@operator';
const SIZE = 2 * MAX_HEADERS + 20;
const LAST = { first: 3, last: SIZE - 2 };
const OTHER = 'cd'.repeat(32);

const chain: Header[] = [];
for (let sequence = 0; sequence < SIZE; sequence += 1) {
  const before = chain.at(-1);
  chain.push({
    logId: LOG,
    sequence,
    size: 1,
    root: sequence.toString(16).padStart(64, '0'),
    previous: before ? headerHashHex(before) : NO_PREVIOUS,
    ranges: 'ab'.repeat(32),
  });
}

describe('headers held against the ledger’s', () => {
  it('are all vouched for by the last one, which is the only one asked for', async () => {
    const { sources, asked } = held(chain);
    expect(await compareHeaders(sources, LOG, LAST)).to.deep.equal({
      compared: LAST.last - LAST.first + 1,
      altered: [],
    });
    expect(asked).to.deep.equal([[LAST.last, 1]]);
  });

  it('are named when they differ, and no others, wherever they stand', async () => {
    const numbers = fc.uniqueArray(fc.integer({ min: LAST.first, max: LAST.last }), { maxLength: 6 });
    const property = fc.asyncProperty(numbers, async (altered) => {
      const { sources } = held(
        chain.map((header) => (altered.includes(header.sequence) ? { ...header, root: OTHER } : header)),
      );
      const result = await compareHeaders(sources, LOG, LAST);
      expect(result.altered).to.deep.equal(altered.toSorted((one, other) => one - other));
    });
    await fc.assert(property, { numRuns: 30 });
  });

  it('are found altered when every later one was made to lead to them', async () => {
    const forged: Header[] = [...chain];
    for (let sequence = 700; sequence < SIZE; sequence += 1)
      forged[sequence] = {
        ...forged[sequence]!,
        ...(sequence === 700 ? { root: OTHER } : { previous: headerHashHex(forged[sequence - 1]!) }),
      };
    const { altered } = await compareHeaders(held(forged).sources, LOG, LAST);
    expect([altered[0], altered.at(-1), altered.length]).to.deep.equal([700, LAST.last, LAST.last - 699]);
  });

  it('count those that SQL has: what is missing is named elsewhere', async () => {
    const { sources } = held(chain.filter(({ sequence }) => sequence !== 500));
    const { compared, altered } = await compareHeaders(sources, LOG, LAST);
    expect([compared, altered]).to.deep.equal([LAST.last - LAST.first, []]);
  });

  it('are not taken as compared when the ledger is silent', async () => {
    const silent: HeaderSources = {
      ...held(chain).sources,
      ledger: { list: () => Promise.reject(new Error('away')) },
    };
    expect(await compareHeaders(silent, LOG, LAST)).to.deep.equal({
      ...{ compared: 0, altered: [], left: { ...LAST, why: 'silent' } },
    });
  });

  it('are not called altered by a peer that lags, and has not all that it is asked for', async () => {
    const { sources } = held(
      chain.map((header) => (header.sequence === 800 ? { ...header, size: 2 } : header)),
    );
    const lagging: HeaderSources = {
      ...sources,
      ledger: {
        list: async (logId, from, limit) => {
          const headers = await sources.ledger.list(logId, from, limit);
          return limit === 1 ? headers : headers.slice(0, -1);
        },
      },
    };
    expect(await compareHeaders(lagging, LOG, LAST)).to.deep.equal({
      ...{ compared: 0, altered: [], left: { ...LAST, why: 'silent' } },
    });
  });

  it('are asked for page by page no more often than a report has time for', async () => {
    const last = (MOST_PAGES_ASKED + 2) * MAX_HEADERS - 1;
    const theirs = (sequence: number): Header => ({ ...chain[0]!, sequence });
    const sources: HeaderSources = {
      store: {
        headers: (_logId, { first }) =>
          Promise.resolve(Array.from({ length: MAX_HEADERS }, (_, index) => theirs(first + index))),
      },
      ledger: {
        list: (_logId, from, limit) =>
          Promise.resolve(
            Array.from({ length: limit }, (_, index) => ({ ...theirs(from + index), root: OTHER })),
          ),
      },
    };
    const { compared, altered, left } = await compareHeaders(sources, LOG, { first: 0, last });
    expect([compared, altered.length]).to.deep.equal(Array(2).fill(MOST_PAGES_ASKED * MAX_HEADERS));
    expect(left).to.deep.equal({ first: 0, last: 2 * MAX_HEADERS - 1, why: 'many' });
  });
});

/** SQL with these headers, and a ledger with the true ones, which tells what it was asked. */
function held(stored: readonly Header[]): { sources: HeaderSources; asked: [from: number, limit: number][] } {
  const asked: [number, number][] = [];
  return {
    asked,
    sources: {
      store: {
        headers: (_logId, { first, last }) =>
          Promise.resolve(stored.filter(({ sequence }) => sequence >= first && sequence <= last)),
      },
      ledger: {
        list: (_logId, from, limit) => {
          asked.push([from, limit]);
          return Promise.resolve(chain.slice(from, from + limit));
        },
      },
    },
  };
}
