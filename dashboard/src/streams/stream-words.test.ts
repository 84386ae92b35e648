import { expect } from 'chai';

import type { Stream } from '../api/types.ts';
import { behindText, destinationText, filterText, streamState } from './stream-words.ts';

const NOW = 1_800_000_000_000;
const STREAM: Stream = {
  id: '0b0e4a8e-0000-4000-8000-000000000000',
  definition: {
    ...{ name: 'Lake', tenant: 'acme', enabled: true },
    filter: { types: null, devices: null, sensors: null },
    destination: { kind: 'webhook', url: 'https://example.com/a' },
  },
  ...{ version: 1, author: 'admin@operator', updatedAt: NOW },
  ...{ deliveredAt: NOW, failedAt: null, failure: null },
  behind: { batches: 0, since: null },
  mayPut: true,
};
const { definition } = STREAM;

describe('a stream in words', () => {
  const state = (changes: Partial<Stream>): string => streamState({ ...STREAM, ...changes }, NOW);

  it('is in the worst of its states', () => {
    const late = { batches: 9, since: NOW - 60_000 };
    expect(state({})).to.equal('works');
    expect(state({ deliveredAt: null })).to.equal('not tried');
    expect(state({ behind: { batches: 1, since: NOW - 59_999 } })).to.equal('works');
    expect(state({ behind: late, deliveredAt: null })).to.equal('behind');
    expect(state({ behind: late, failure: 'no', failedAt: NOW })).to.equal('failing');
    expect(state({ definition: { ...definition, enabled: false }, failure: 'no' })).to.equal('paused');
  });

  it('says how far it is behind, also where clocks differ', () => {
    expect(behindText(STREAM, NOW)).to.equal('nothing waits');
    expect(behindText({ behind: { batches: 1, since: NOW + 5_000 } }, NOW)).to.equal('1 batch behind, 0 s');
    expect(behindText({ behind: { batches: 1_200, since: NOW - 180_000 } }, NOW)).to.equal(
      '1,200 batches behind, 3 min',
    );
  });

  it('says where it goes, and what of', () => {
    expect(destinationText(definition)).to.equal('https://example.com/a');
    expect(filterText(definition)).to.equal('acme · everything');
    const filter = { types: ['press', 'fan'], devices: null, sensors: ['temperature' as const] };
    expect(filterText({ ...definition, tenant: null, filter })).to.equal(
      'all tenants · types press, fan · sensors temperature',
    );
    const destination = {
      ...{ kind: 'mqtt' as const, url: 'mqtts://example.com:8883', topic: 'a/b' },
      ...{ user: null, authority: null },
    };
    expect(destinationText({ ...definition, destination })).to.equal('mqtts://example.com:8883 · a/b');
  });
});
