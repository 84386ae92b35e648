import { expect } from 'chai';

import { DEFAULT_RULES } from '../../../chaincode/protocol/policy/default-rules.ts';
import type { Rule } from '../api/types.ts';
import { ruleSentence, sentenceText } from './rule-sentence.ts';
import { actionPhrases, kindLines, listed } from './words.ts';

const BASE: Rule = {
  id: 'r',
  effect: 'allow',
  description: 'r',
  who: {},
  actions: ['device:suspend'],
  what: {},
  when: {},
};

function text(rule: Partial<Rule>): string {
  return sentenceText(ruleSentence({ ...BASE, ...rule }));
}

describe('a rule as a sentence', () => {
  it('says what the first rules of a consortium say', () => {
    const said = new Map(DEFAULT_RULES.map((rule) => [rule.id, sentenceText(ruleSentence(rule))]));
    expect(said.get('admin-manages-own-devices')).to.match(
      /^Administrators may register, activate, suspend, .* devices of their own organisation\.$/,
    );
    expect(said.get('admin-decides-on-policies')).to.equal(
      'Administrators may propose and approve changes of the policies.',
    );
    expect(said.get('admin-and-auditor-read-audit')).to.equal(
      'Administrators and auditors may see the audit trail and compliance reports.',
    );
    expect(said.get('people-and-gateway-read-fleet')).to.equal(
      'Administrators, operators, auditors and gateways may see devices, telemetry, anchors and policies.',
    );
    expect(said.get('writer-appends-to-own-log')).to.equal(
      'Ingest workers and gateways may append anchors to the log that bears their name.',
    );
  });

  it('says who: roles, organisations, members, attributes, everyone', () => {
    expect(text({})).to.equal('Everyone may suspend devices.');
    expect(text({ who: { organisations: ['OperatorMSP', 'AuditorMSP'] } })).to.equal(
      'Everyone of Operator or Auditor may suspend devices.',
    );
    expect(
      text({ who: { members: ['a@operator'], roles: ['operator'], attributes: { 'biot.site': 'north' } } }),
    ).to.equal('a@operator as operators whose certificate has biot.site=north may suspend devices.');
  });

  it('says what a denying rule denies, and on which devices', () => {
    expect(
      text({
        effect: 'deny',
        what: { types: ['press'], groups: ['hall-7', 'hall-8'], tenants: ['acme'], devices: ['press-01'] },
        when: { statuses: ['active'], firmwareAtLeast: '1.2.0' },
      }),
    ).to.equal(
      'Everyone may not suspend devices named press-01 of type press in group hall-7 or hall-8 of tenant acme ' +
        'while active with firmware 1.2.0 or newer.',
    );
  });

  it('narrows devices and nothing else', () => {
    expect(text({ actions: ['device:revoke', 'policy:read'], what: { own: 'organisation' } })).to.equal(
      'Everyone may revoke devices of their own organisation and see policies.',
    );
  });

  it('says when, by the clock of the ledger', () => {
    const when = {
      networks: ['10.0.0.0/8'],
      daily: { from: '22:00', to: '06:00' },
      from: '2026-01-31T08:00:00Z',
      until: '2026-02-01T00:00:00Z',
    };
    expect(text({ when })).to.equal(
      'Everyone may suspend devices from the network 10.0.0.0/8, between 22:00 and 06:00 UTC each day, ' +
        'from 2026-01-31 08:00 UTC on, until 2026-02-01 00:00 UTC.',
    );
  });
});

describe('words', () => {
  it('list as people do', () => {
    expect([listed([]), listed(['a']), listed(['a', 'b']), listed(['a', 'b', 'c'], 'or')]).to.deep.equal([
      '',
      'a',
      'a and b',
      'a, b or c',
    ]);
  });

  it('say once what several actions are done to', () => {
    expect(actionPhrases(['claim:create', 'device:read', 'claim:withdraw', 'claim:read'])).to.deep.equal([
      'make and withdraw claim codes for devices',
      'see devices and claim codes',
    ]);
  });

  describe('of kinds of devices', () => {
    const kind = { org: 'OperatorMSP', tenant: 'acme', status: 'active' } as const;

    it('gather in one line those that share all else', () => {
      const groups = ['hall-7', 'hall-1'];
      expect(
        kindLines([
          { ...kind, groups, type: 'press' },
          { ...kind, groups, type: 'oven' },
        ]),
      ).to.deep.equal(['press and oven · of acme · owned by Operator · active · in hall-1 and hall-7']);
      expect(kindLines([{ ...kind, groups: [], device: 'press-01', type: 'press' }])).to.deep.equal([
        'press-01 · of acme · owned by Operator · active',
      ]);
    });

    it('name no kind that is not among them, and no group of some alone', () => {
      expect(
        kindLines([
          { ...kind, groups: [], type: 'press' },
          { ...kind, groups: ['hall-7'], type: 'press' },
          { ...kind, groups: [], type: 'oven', tenant: 'umbrella', status: 'suspended' },
        ]),
      ).to.deep.equal([
        'press · of acme · owned by Operator · active',
        'press · of acme · owned by Operator · active · in hall-7',
        'oven · of umbrella · owned by Operator · suspended',
      ]);
    });

    it('are as many as people read, and say how many more there are', () => {
      const tenants = Array.from({ length: 12 }, (_, index) => `tenant-${index}`);
      const lines = kindLines(
        tenants.flatMap((tenant) => ['press', 'oven'].map((type) => ({ ...kind, tenant, type }))),
      );
      expect(lines).to.have.length(6);
      expect(lines.at(-1)).to.equal('and 14 more');
    });
  });
});
