import { expect } from 'chai';

import type { Notice } from '../../chaincode/protocol/notifications/notice.ts';
import { textOf, titleOf } from './wording.ts';

const NOTICE: Notice = {
  ...{ alert: '7', step: 'raise', at: 1_700_000_000_000, device: 'press-07', tenant: 'acme' },
  ...{ type: 'threshold', rule: 'hot', severity: 'major', value: 91.5, description: 'The press is hot' },
};

describe('the words of a notification', () => {
  it('say of one alert what it is', () => {
    const content = { kind: 'alerts' as const, notices: [NOTICE] };
    expect(titleOf(content)).to.equal('major, raised: press-07: The press is hot');
    expect(textOf(content)).to.equal(
      '2023-11-14 22:13:20 UTC  major, raised  press-07: The press is hot (91.5)',
    );
  });

  it('count a storm, name the worst of it, and show the beginning', () => {
    const notices = Array.from({ length: 30 }, (_, index): Notice => ({
      ...NOTICE,
      step: index < 25 ? 'raise' : 'clear',
      severity: index === 17 ? 'critical' : 'minor',
    }));
    expect(titleOf({ kind: 'alerts', notices })).to.equal('25 alerts raised, 5 over, critical at worst');
    const lines = textOf({ kind: 'alerts', notices }).split('\n');
    expect([lines.length, lines.at(-1)]).to.deep.equal([21, 'and 10 more']);
  });

  it('fall back on the type of alerts about the platform', () => {
    const notices = [{ ...NOTICE, device: null, description: null, type: 'ANCHORING_STALLED' }];
    expect(titleOf({ kind: 'alerts', notices })).to.equal('major, raised: platform: ANCHORING_STALLED');
  });
});
