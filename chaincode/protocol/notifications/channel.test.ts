import { expect } from 'chai';
import fc from 'fast-check';

import { SEVERITIES } from '../alerts/severity.ts';
import { outwardUrlSchema, tells } from './channel.ts';

const WEBHOOK = { kind: 'webhook', url: 'https://example.com/' } as const;
const CHANNEL = {
  ...{ tenant: 'acme', enabled: true, minimumSeverity: 'major' as const, rules: null },
  destination: WEBHOOK,
};
const NOTICE = { tenant: 'acme', severity: 'critical', rule: 'hot' } as const;
const BROWSER = {
  ...{ kind: 'web-push' as const, member: 'operator@operator' },
  subscription: { endpoint: 'https://push.example.com/1', keys: { p256dh: '', auth: '' } },
};

describe('a channel', () => {
  it('tells what is severe enough, of its tenant and of its rules', () => {
    expect(tells(CHANNEL, NOTICE)).to.equal(true);
    expect(tells({ ...CHANNEL, enabled: false }, NOTICE)).to.equal(false);
    expect(tells(CHANNEL, { ...NOTICE, severity: 'minor' })).to.equal(false);
    expect(tells({ ...CHANNEL, rules: ['hot'] }, NOTICE)).to.equal(true);
    expect(tells({ ...CHANNEL, rules: ['cold'] }, NOTICE)).to.equal(false);
    expect(tells({ ...CHANNEL, rules: ['hot'] }, { ...NOTICE, rule: null })).to.equal(false);
  });

  it('tells nothing of another tenant, whatever else it says', () => {
    const tenants = fc.constantFrom('acme', 'beta', null);
    fc.assert(
      fc.property(tenants, tenants, fc.constantFrom(...SEVERITIES), (tenant, other, severity) => {
        const told = tells(
          { ...CHANNEL, tenant, minimumSeverity: 'indeterminate' },
          { ...NOTICE, tenant: other, severity },
        );
        expect(told).to.equal(tenant === null || tenant === other);
      }),
    );
  });

  it('of a browser tells what its member may know', () => {
    const to = (tenants: '*' | string[], tenant: string | null): boolean =>
      tells({ ...CHANNEL, tenant: null, destination: { ...BROWSER, tenants } }, { ...NOTICE, tenant });
    expect([to(['acme'], 'acme'), to(['acme'], 'beta'), to(['acme'], null)]).to.deep.equal([
      true,
      false,
      false,
    ]);
    expect([to('*', 'beta'), to('*', null), to([], 'acme')]).to.deep.equal([true, true, false]);
  });

  for (const url of [
    'ftp://example.com/',
    'file:///etc/passwd',
    'https://user:secret@example.com/',
    'https://example.com/#x',
    'javascript:alert(1)',
    'example.com',
    `https://example.com/${'x'.repeat(2_000)}`,
  ])
    it(`is not at ${url.slice(0, 40)}`, () => {
      expect(outwardUrlSchema.safeParse(url).success).to.equal(false);
    });
});
