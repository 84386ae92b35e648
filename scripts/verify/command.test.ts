import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';

import { expect } from 'chai';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { readCheckpoints, writeCheckpoints } from './checkpoint-file.ts';
import { parseArguments, scopeOf } from './command.ts';
import { HELP } from './help.ts';
import { DIFFERENCE_KINDS, type Difference, DifferenceList } from './difference.ts';
import { ProgressLine } from './progress-line.ts';
import { humanReport, jsonReport } from './report.ts';
import type { Outcome } from './verification-input.ts';

const checkpoint = { logId: 'ingest-1@operator', size: 3, root: 'ab'.repeat(32), head: 'cd'.repeat(32) };
const holds: Outcome = {
  messages: 1,
  readings: 1200,
  entries: 0,
  batches: 1,
  pending: 0,
  expired: 0,
  expiredByType: 0,
  differences: [],
  total: 0,
  checkpoints: [checkpoint],
  ledgerHolds: true,
};
const difference: Difference = {
  kind: 'changed',
  table: 'telemetry',
  key: '17',
  what: 'value is 1, anchored was 2',
};

describe('the arguments of verify', () => {
  const parse = (values: object): ReturnType<typeof scopeOf> =>
    scopeOf(parseArguments({ json: false, ...values }, []));

  it('name a scope', () => {
    expect(parse({})).to.deep.equal({ kind: 'all' });
    expect(parse({ device: 'press-07', from: '2013-12-02', to: '2013-12-02T12:00:00+02:00' })).to.deep.equal({
      kind: 'device',
      device: 'press-07',
      period: { from: Date.UTC(2013, 11, 2), to: Date.UTC(2013, 11, 2, 10) },
    });
    const id = ((5n << 20n) + (9n << 6n) + 2n).toString();
    expect(parse({ reading: id })).to.deep.equal({ kind: 'reading', id, batch: 5, leaf: 9, slot: 2 });
    const entry = ((5n << 14n) + 9n).toString();
    expect(parse({ entry })).to.deep.equal({ kind: 'entry', id: entry, batch: 5, leaf: 9 });
  });

  it('are refused when they are not understood', () => {
    const wrong = [
      { device: 'PRESS' },
      { device: 'a', reading: '1' },
      { entry: '1', reading: '1' },
      { entry: 'one' },
      { reading: '-1' },
      { from: '2013-12-02' },
      { device: 'a', from: 'yesterday' },
      { 'retained-from': '1.1.2020' },
    ];
    for (const values of wrong)
      expect(() => parse(values), JSON.stringify(values))
        .to.throw(BiotError)
        .with.property('code', 'INVALID_ARGUMENT');
    expect(() => parseArguments({ json: false }, ['press-07'])).to.throw(BiotError);
  });
});

describe('the report of verify', () => {
  const context = { scope: { kind: 'all' } as const, seconds: 1.5 };

  it('tells what was checked and how to ask the peer the same', () => {
    const text = humanReport(holds, context);
    expect(text).to.include('1 message (1,200 readings) in 1 batch, 1 log').and.include('All holds.');
    expect(text).to.include('peer chaincode query').and.include(checkpoint.root);
  });

  it('shows the first hundred differences, and says how many there are', () => {
    const list = new DifferenceList(150);
    for (let count = 0; count < 200; count += 1) list.report(difference);
    const text = humanReport({ ...holds, differences: list.kept, total: list.total }, context);
    expect(text).to.include('200 differences, of which the first 100');
    expect(text.split('anchored was 2')).to.have.lengthOf(101);
    const json = jsonReport({ ...holds, differences: list.kept, total: list.total }, context);
    expect(json).to.deep.include({ ok: false, total: 200, differences: Array(150).fill(difference) });
  });

  it('has in JSON what programs read', () => {
    expect(jsonReport(holds, context)).to.deep.include({
      ok: true,
      messages: 1,
      batches: 1,
      logs: 1,
      differences: [],
      pending: 0,
      checkpoints: [checkpoint],
    });
  });

  it('does not call it holding when there was nothing to hold', () => {
    expect(humanReport({ ...holds, messages: 0 }, context)).not.to.include('All holds');
  });

  it('explains every kind of difference in the help', () => {
    for (const kind of DIFFERENCE_KINDS) expect(HELP).to.match(new RegExp(`^  ${kind} `, 'm'));
  });
});

describe('the checkpoints that an auditor keeps', () => {
  const folder = mkdtempSync(join(tmpdir(), 'biot-verify-'));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('are read as they were written, and none before', () => {
    const file = join(folder, 'checkpoints.json');
    expect(readCheckpoints(file)).to.deep.equal([]);
    writeCheckpoints(file, [checkpoint]);
    expect(readCheckpoints(file)).to.deep.equal([checkpoint]);
  });

  it('are refused when the file holds something else', () => {
    const file = join(folder, 'damaged.json');
    for (const content of [
      '',
      '{}',
      '[]',
      JSON.stringify({ format: 'biot-checkpoints-1', checkpoints: [{}] }),
    ]) {
      writeFileSync(file, content);
      expect(() => readCheckpoints(file))
        .to.throw(BiotError)
        .with.property('code', 'STORE_CORRUPT');
      expect(readFileSync(file, 'utf8')).to.equal(content);
    }
  });
});

describe('the progress of a long check', () => {
  it('is silent for two seconds, then speaks once a second', () => {
    let now = 0;
    const stream = new PassThrough({ encoding: 'utf8' });
    const progress = new ProgressLine(stream, () => now);
    for (; now < 5000; now += 100) progress.show({ ...holds, messages: now });
    progress.end();
    const text = String(stream.read());
    expect(text.trim().split('\n')).to.have.lengthOf(3);
    expect(text).to.include('checked 2,000 messages in 1 batches, 2 s');
  });
});
