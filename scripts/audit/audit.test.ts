import { expect } from 'chai';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Finding, Report } from '../../network/audit/report.ts';
import { parseArguments } from './arguments.ts';
import { exitCode } from './command.ts';
import { humanReport } from './table.ts';

const DEFAULTS = {
  blocks: '20',
  devices: '20',
  patience: '10',
  peer: [],
  member: 'auditor@auditor',
  json: false,
};

const LIE: Finding = {
  kind: 'lies',
  peer: 'operator',
  channel: 'registry',
  subject: 'device press-07',
  what: 'differs from the majority in one value',
  differences: [{ field: 'status', says: '"active"', others: '"revoked"' }],
};
const LAG: Finding = {
  kind: 'lags',
  peer: 'auditor',
  channel: 'anchors',
  subject: 'the height',
  what: 'is 3 blocks behind, and did not catch up in 10.0 s',
  differences: [],
};

function report(...findings: Finding[]): Report {
  return {
    ok: findings.length === 0,
    at: '2026-01-01T00:00:00.000Z',
    peers: [
      {
        peer: 'operator',
        organisation: 'OperatorMSP',
        address: '127.0.0.1:8460',
        verdict: 'lies',
        heights: { registry: 7, anchors: 120 },
      },
      {
        peer: 'auditor',
        organisation: 'AuditorMSP',
        address: '127.0.0.1:8470',
        verdict: 'silent',
        heights: {},
      },
    ],
    findings,
    asked: { blocks: 41, answers: 27 },
  };
}

describe('npm run audit', () => {
  it('understands its options', () => {
    expect(parseArguments(DEFAULTS, [])).to.deep.equal({
      auditor: 'auditor@auditor',
      addresses: {},
      scope: { blocks: 20, devices: 20, patienceMs: 10_000 },
    });
    const asked = {
      ...DEFAULTS,
      blocks: 'all',
      devices: '0',
      patience: '0.5',
      peer: ['operator=10.0.0.7:7051', 'auditor=peer.auditor.example:7051'],
      member: 'admin@operator',
    };
    expect(parseArguments(asked, [])).to.deep.equal({
      auditor: 'admin@operator',
      addresses: { operator: '10.0.0.7:7051', auditor: 'peer.auditor.example:7051' },
      scope: { blocks: 'all', devices: 0, patienceMs: 500 },
    });
  });

  it('refuses what it does not understand', () => {
    const wrong = [
      { blocks: 'many' },
      { blocks: '-1' },
      { devices: '1.5' },
      { patience: 'long' },
      { patience: '99999' },
      { peer: ['operator'] },
      { peer: ['operator=somewhere'] },
      { peer: ['../stranger=127.0.0.1:7051'] },
      { peer: ['operator=127.0.0.1:7051 --allow-fs-write=*'] },
      { member: '../../secrets' },
    ];
    for (const each of wrong)
      expect(() => parseArguments({ ...DEFAULTS, ...each }, []), JSON.stringify(each))
        .to.throw(BiotError)
        .with.property('code', 'INVALID_ARGUMENT');
    expect(() => parseArguments(DEFAULTS, ['everything'])).to.throw('everything');
  });

  it('ends with 1 for a lie, 2 for what could not be compared, 0 for agreement', () => {
    expect(exitCode(report())).to.equal(0);
    expect(exitCode(report(LAG))).to.equal(2);
    expect(exitCode(report(LAG, LIE))).to.equal(1);
    expect(exitCode(report({ ...LIE, kind: 'disagrees' }))).to.equal(1);
    expect(exitCode(report({ ...LAG, kind: 'silent' }))).to.equal(2);
    expect(exitCode(report({ ...LAG, kind: 'unsettled', peer: null }))).to.equal(2);
    expect(exitCode({ ...report({ ...LAG, kind: 'caught-up' }), ok: true })).to.equal(0);
  });

  it('shows peers in a table, and the worst findings first', () => {
    expect(humanReport(report(LAG, LIE), 1.25).split('\n')).to.deep.equal([
      'peer      address         registry  anchors  verdict',
      'operator  127.0.0.1:8460  7         120      lies',
      'auditor   127.0.0.1:8470  –         –        silent',
      '',
      'lies: operator, device press-07 (registry): differs from the majority in one value',
      '    status is "active", others say "revoked"',
      'lags: auditor, the height (anchors): is 3 blocks behind, and did not catch up in 10.0 s',
      '',
      '0 of 2 peers agree: 41 blocks and 27 answers compared in 1.3 s',
      '',
    ]);
  });

  it('keeps the report short when a peer lies about all', () => {
    const lies = Array.from({ length: 50 }, (_, number) => ({ ...LIE, subject: `block ${number}` }));
    const lines = humanReport(report(...lies), 1).split('\n');
    expect(lines).to.include('  … and 40 more like these');
    expect(lines.length).to.be.lessThan(30);
    const long = { ...LIE, differences: [{ field: '', says: 'x'.repeat(5_000), others: null }] };
    expect(humanReport(report(long), 1)).to.match(/the answer is x{80}…, others say nothing/);
  });
});
