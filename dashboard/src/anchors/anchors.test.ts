import { expect } from 'chai';

import type { Anchor } from '../api/types.ts';
import { applyAnchored } from './apply-anchored.ts';
import { mergeNewest } from './merge-newest.ts';

function anchor(sequence: number, state: Anchor['state'] = 'sealed', logId = 'ingest-1@operator'): Anchor {
  const hash = '0'.repeat(64);
  const place = { transaction: null, block: null, createdAt: 0, earliest: 0, latest: 0 };
  return { logId, sequence, kind: 'telemetry', size: 1, root: hash, previous: hash, state, ...place };
}

const transaction = 'ab'.repeat(32);
const frame = {
  type: 'anchored',
  logId: 'ingest-1@operator',
  from: 1,
  sequence: 2,
  transaction,
  block: 7,
} as const;
const sequences = (anchors: readonly Anchor[]): number[] => anchors.map(({ sequence }) => sequence);

describe('a live frame about anchored batches', () => {
  it('marks those batches and no others as committed, with their transaction and block', () => {
    const anchors = [anchor(3), anchor(2), anchor(1), anchor(0), anchor(2, 'sealed', 'ingest-2@operator')];
    expect(
      applyAnchored(anchors, frame).map((each) => [each.state, each.transaction, each.block]),
    ).to.deep.equal([
      ['sealed', null, null],
      ['committed', transaction, 7],
      ['committed', transaction, 7],
      ['sealed', null, null],
      ['sealed', null, null],
    ]);
    expect(anchors[1]?.state, 'the list given is not changed').to.equal('sealed');
  });

  it('leaves the list as it is when it is about nothing in it, or nothing new', () => {
    const unknown = [anchor(9)];
    expect(applyAnchored(unknown, frame)).to.equal(unknown);
    const known = [anchor(2, 'committed')];
    expect(applyAnchored(known, frame)).to.equal(known);
  });
});

describe('newer batches on top of the list', () => {
  it('join what is there, each batch once and with its newest state', () => {
    const merged = mergeNewest([anchor(5), anchor(4, 'committed')], [anchor(4), anchor(3)]);
    expect(sequences(merged.anchors)).to.deep.equal([5, 4, 3]);
    expect(merged.anchors[1]?.state).to.equal('committed');
    expect(merged.joined).to.equal(true);
  });

  it('replace it when batches between the two are unknown', () => {
    const merged = mergeNewest([anchor(50), anchor(49)], [anchor(4), anchor(3)]);
    expect(sequences(merged.anchors)).to.deep.equal([50, 49]);
    expect(merged.joined).to.equal(false);
  });
});
