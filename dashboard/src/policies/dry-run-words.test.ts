import { expect } from 'chai';

import { nothingPhrase, timesPhrase, untriedPhrase } from './dry-run-words.ts';

const THREE = Date.parse('2026-11-24T03:00:00Z');
const FOUR = Date.parse('2026-11-24T04:00:00Z');

describe('what a dry run found', () => {
  it('says when it is so, and when it is not', () => {
    const asked = { moments: [THREE, FOUR] };
    expect(timesPhrase({ now: false, moments: [THREE] }, asked)).to.equal(
      'at 2026-11-24 03:00 UTC, not now or at 2026-11-24 04:00 UTC',
    );
    expect(timesPhrase({ now: true, moments: [FOUR] }, asked)).to.equal(
      'now and at 2026-11-24 04:00 UTC, not at 2026-11-24 03:00 UTC',
    );
  });

  it('says nothing of times when it is so at all of them', () => {
    expect(timesPhrase({ now: true, moments: [] }, { moments: [] })).to.equal('');
    expect(timesPhrase({ now: true, moments: [THREE, FOUR] }, { moments: [THREE, FOUR] })).to.equal('');
  });

  it('says what it could not try, and why', () => {
    expect(untriedPhrase({ rule: 'r', condition: 'members', values: ['a@x', 'b@x'] })).to.equal(
      'r: nobody known here is called a@x or b@x',
    );
    expect(untriedPhrase({ rule: 'r', condition: 'together', values: [] })).to.match(/^r: .* all of its/);
  });

  it('says of nothing at which times it was asked for', () => {
    expect(nothingPhrase({ questions: 7, moments: [] })).to.match(/stays the same\.$/);
    expect(nothingPhrase({ questions: 14, moments: [THREE] })).to.match(
      /stays the same, now and at 2026-11-24 03:00 UTC\.$/,
    );
  });

  it('does not promise that nothing changes when nothing was asked', () => {
    expect(nothingPhrase({ questions: 0, moments: [] }))
      .to.match(/^Nothing was asked: your tenants have nothing/)
      .and.not.include('stays the same');
  });
});
