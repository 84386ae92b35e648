import { expect } from 'chai';

import { describeMachine, filesystemName, type Machine } from './machine.ts';
import { jsonObject, table } from './report.ts';

const machine: Machine = {
  cores: 2,
  processor: 'a processor',
  p256_verify_per_second: 10_000,
  memory_gb: 24,
  kernel: '6.1',
  node: '24.0.0',
  filesystem: 'ext4',
};
const heading = { name: 'sprint', summary: 'how quickly it runs', settings: { seconds: 3 }, machine };
const report = {
  figures: [
    { name: 'metres_per_second', value: 12_345.678, meaning: 'on foot' },
    { name: 'p50_ms', value: 1.23456, meaning: 'a step' },
    { name: 'lost', value: 0, meaning: 'shoes' },
  ],
  notes: ['uphill'],
  sound: true,
};

describe('report of a bench', () => {
  it('is a table whose columns stand below each other', () => {
    const text = table(heading, report);
    const rows = text.split('\n').filter((line) => line.startsWith('  '));
    expect(rows).to.deep.equal([
      '  metres_per_second  12,346  on foot',
      '  p50_ms               1.23  a step',
      '  lost                    0  shoes',
    ]);
    for (const part of [
      'sprint: how quickly it runs',
      'seconds 3',
      '2 × a processor (10000 P-256 signatures checked a second on one), 24 GiB',
      '- uphill',
    ])
      expect(text).to.contain(part);
  });

  it('is an object with the figures by name', () => {
    expect(jsonObject(heading, report)).to.deep.equal({
      bench: 'sprint',
      ok: true,
      metres_per_second: 12_345.678,
      p50_ms: 1.235,
      lost: 0,
      settings: { seconds: 3 },
      machine,
      notes: ['uphill'],
    });
  });

  it('has a line for each part, when there are several', () => {
    const parts = [
      { file: 'a.csv', score: 12.5 },
      { file: 'longer.csv', score: null },
    ];
    const text = table(heading, { ...report, parts });
    expect(text).to.contain('file        score\na.csv       12.5\nlonger.csv  -\n');
    expect(jsonObject(heading, { ...report, parts })['parts']).to.deep.equal(parts);
  });

  it('says so when something was wrong', () => {
    expect(jsonObject(heading, { ...report, sound: false })['ok']).to.equal(false);
  });

  it('warns of a disk that is none', () => {
    expect(filesystemName(0x0102_1994)).to.equal('tmpfs');
    expect(filesystemName(0x42)).to.equal('0x42');
    expect(describeMachine({ ...machine, filesystem: 'tmpfs' })).to.contain('is memory');
    expect(describeMachine(machine)).not.to.contain('is memory');
  });
});
