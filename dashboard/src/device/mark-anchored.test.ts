import { expect } from 'chai';

import type { AnchorState, Reading } from '../api/types.ts';
import { markAnchored } from './mark-anchored.ts';

function reading(id: string, sequence: number, state: AnchorState): Reading {
  const anchor = { logId: 'ingest-1@operator', sequence, state };
  return { id, ts: 0, sensor: 'temperature', value: 1, seq: 1, epoch: 1, anchor };
}

const frame = {
  type: 'anchored',
  logId: 'ingest-1@operator',
  from: 1,
  sequence: 2,
  transaction: 't',
  block: 7,
} as const;

describe('readings of a batch that was anchored', () => {
  it('are marked as committed, the others are not', () => {
    const readings = [
      reading('4', 3, 'sealed'),
      reading('3', 2, 'submitted'),
      reading('2', 1, 'sealed'),
      reading('1', 0, 'sealed'),
    ];
    const states = markAnchored(readings, frame).map(({ anchor }) => anchor?.state);
    expect(states).to.deep.equal(['sealed', 'committed', 'committed', 'sealed']);
  });

  it('are the same list when none is concerned', () => {
    const readings = [reading('3', 3, 'sealed'), reading('2', 2, 'committed')];
    expect(markAnchored(readings, frame)).to.equal(readings);
  });

  it('leave a row alone that belongs to no batch', () => {
    const readings = [{ ...reading('9', 2, 'sealed'), anchor: null }];
    expect(markAnchored(readings, frame)).to.equal(readings);
  });
});
