import { expect } from 'chai';

import { refusalOf } from '../cli/refusal.fixture.ts';
import { checkArguments, type RawArguments } from './arguments.ts';

const RIGHT: RawArguments = {
  positionals: ['machine.csv'],
  device: 'press-07',
  sensor: 'temperature',
  speed: 'max',
  now: false,
  again: true,
};

function wrongWith(changes: Partial<RawArguments>): string {
  return refusalOf(() => checkArguments({ ...RIGHT, ...changes }));
}

describe('arguments of a replay', () => {
  it('are taken when they are right', () => {
    expect(checkArguments(RIGHT)).to.deep.equal({
      file: 'machine.csv',
      device: 'press-07',
      sensor: 'temperature',
      speed: Infinity,
      now: false,
      again: true,
    });
    for (const [text, speed] of [
      ['60', 60],
      ['0.5', 0.5],
      ['1e3', 1000],
    ] as const)
      expect(checkArguments({ ...RIGHT, speed: text }).speed).to.equal(speed);
  });

  it('are refused with the name of the one that is wrong', () => {
    expect(wrongWith({ positionals: [] })).to.include('one CSV file');
    expect(wrongWith({ positionals: ['a.csv', 'b.csv'] })).to.include('one CSV file');
    for (const device of [undefined, '', 'Press', '../etc', '+'])
      expect(wrongWith({ device }), device).to.include('--device');
    for (const sensor of [undefined, '', 'heat', 'Temperature', 'toString'])
      expect(wrongWith({ sensor }), sensor).to.include('--sensor is one of').and.include('temperature');
    for (const speed of ['', ' ', '0', '-1', 'NaN', 'Infinity', 'quick', '1x'])
      expect(wrongWith({ speed }), speed).to.include('--speed');
  });
});
