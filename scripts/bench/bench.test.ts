import { expect } from 'chai';
import { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { type Bench, defineBench, wholeNumber } from './bench.ts';
import { helpText } from './help.ts';
import { BENCHES, chooseBench } from './registry.ts';

const sprint = defineBench({
  summary: 'how quickly it runs',
  settings: z.strictObject({
    seconds: wholeNumber('how long', { least: 1, most: 60, usually: 20 }),
    'warm-up': wholeNumber('before', { least: 0, most: 9, usually: 5 }),
  }),
  measure: ({ seconds }) =>
    Promise.resolve({ figures: [{ name: 'x', value: seconds, meaning: '' }], notes: [], sound: true }),
});

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof BiotError && error.code === 'INVALID_ARGUMENT') return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('a bench', () => {
  it('reads its options from text, and fills in the others', () => {
    expect(sprint.prepare({ seconds: '3' }).settings).to.deep.equal({ seconds: 3, 'warm-up': 5 });
  });

  for (const value of ['', '0', '61', '1.5', 'ten', '-1', 'NaN', 'Infinity']) {
    it(`refuses ${JSON.stringify(value)} as seconds, and says which option it was`, () => {
      expect(refusal(() => sprint.prepare({ seconds: value }))).to.match(/^--seconds: /);
    });
  }

  it('refuses an option of another bench by its name', () => {
    expect(refusal(() => sprint.prepare({ rounds: '3' }))).to.contain('no option --rounds');
  });

  it('is listed in the help with its options and their defaults', () => {
    const help = helpText(new Map([['sprint', sprint]]));
    expect(help).to.match(
      /sprint: how quickly it runs\n +--seconds N +how long \(default 20\)\n +--warm-up N/,
    );
  });
});

describe('the benches', () => {
  const benches: ReadonlyMap<string, Bench> = new Map([
    ['sprint', sprint],
    ['march', sprint],
  ]);

  it('are chosen by name', () => {
    expect(chooseBench(['march'], benches)).to.deep.equal({ name: 'march', bench: sprint });
  });

  for (const positionals of [['walk'], [], ['sprint', 'march'], ['constructor']]) {
    it(`are listed when asked for ${JSON.stringify(positionals)}`, () => {
      expect(refusal(() => chooseBench(positionals, benches))).to.contain('known are sprint, march');
    });
  }

  it('run without any option, and describe every option', () => {
    for (const bench of BENCHES.values()) {
      expect(Object.keys(bench.prepare({}).settings)).to.have.members(Object.keys(bench.options));
      for (const { description } of Object.values(bench.options)) expect(description).to.match(/\(default /);
    }
  });

  it('do not publish more than the broker keeps', () => {
    const ingest = chooseBench(['ingest']).bench;
    expect(refusal(() => ingest.prepare({ connections: '2000', window: '21' }))).to.match(/^--window: /);
    expect(ingest.prepare({ connections: '2000', window: '20' }).settings).to.include({ window: 20 });
  });
});
