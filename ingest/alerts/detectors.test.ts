import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import { z } from 'zod';

import type { Surprising } from '../../chaincode/protocol/alerts/evaluation.ts';
import { alertRuleDefinitionSchema, type AlertRule } from '../../chaincode/protocol/alerts/rule.ts';
import { Detectors } from './detectors.ts';

const MINUTE = 60_000;
const CONDITION = { kind: 'anomaly', sensor: 'temperature', threshold: 0.5 } as const;

function rule(version = 1): AlertRule {
  return {
    definition: alertRuleDefinitionSchema.parse({
      id: 'odd-temperature',
      description: 'unusual',
      severity: 'major',
      enabled: true,
      tenant: null,
      devices: {},
      condition: CONDITION,
      insistence: { kind: 'at-once' },
      escalation: null,
    }),
    version,
    author: 'admin@operator',
    updatedAt: 0,
  };
}

describe('detectors of anomalies', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'biot-detectors-'));
    file = join(folder, 'detectors.json');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** A reading a minute, that wanders a little. */
  function show(detectors: Detectors, from: number, count: number, offset = 0): (Surprising | undefined)[] {
    const surprise = detectors.of(rule(), 'press-07');
    return Array.from({ length: count }, (_, index) =>
      surprise(CONDITION, {
        ts: (from + index) * MINUTE,
        value: () => 20 + offset + Math.sin((from + index) * 12.9898) / 2,
      }),
    );
  }

  it('say nothing before they know what is usual, then that it is, and what was expected when it is not', () => {
    const detectors = new Detectors(file);
    const usual = show(detectors, 0, 2_000);
    expect(usual[0]).to.equal(undefined);
    expect(usual.at(-1)?.standing).to.equal('over');
    const [odd] = show(detectors, 2_000, 1, 30);
    expect(odd?.standing).to.equal('met');
    expect(odd?.explanation).to.include({ measured: 'value', reason: 'spike' });
    expect(odd?.explanation?.['expected']).to.be.closeTo(20, 2);
    expect(odd?.explanation?.['came']).to.be.closeTo(50, 1);
  });

  it('go on after a restart where they were', () => {
    const before = new Detectors(file);
    show(before, 0, 2_000);
    before.save();
    const after = new Detectors(file);
    expect(show(after, 2_000, 1, 30)).to.deep.equal(show(before, 2_000, 1, 30));
  });

  it('begin anew when the file is damaged, or the rule is another version', () => {
    const before = new Detectors(file);
    show(before, 0, 2_000);
    before.save();
    const other = new Detectors(file);
    other.keep([rule(2)]);
    expect(show(other, 2_000, 1)).to.deep.equal([undefined]);
    writeFileSync(file, '{');
    expect(show(new Detectors(file), 2_000, 1)).to.deep.equal([undefined]);
  });

  it('are so many and no more', () => {
    const detectors = new Detectors(file);
    for (let index = 0; index < 2_001; index += 1)
      detectors.of(rule(), `press-${index}`)(CONDITION, { ts: 0, value: () => 20 });
    detectors.save();
    const devices = Object.keys(
      z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(file, 'utf8'))),
    );
    expect(devices).to.have.length(2_000);
    expect(devices).to.not.include('odd-temperature 1 press-2000');
  });
});
