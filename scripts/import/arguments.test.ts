import { expect } from 'chai';

import { refusalOf } from '../cli/refusal.fixture.ts';
import { checkArguments, type RawArguments } from './arguments.ts';

const RIGHT: RawArguments = {
  positionals: ['devices.csv'],
  member: 'admin@operator',
  format: undefined,
  dryRun: true,
  activate: false,
};

function wrongWith(changes: Partial<RawArguments>): string {
  return refusalOf(() => checkArguments({ ...RIGHT, ...changes }));
}

describe('arguments of an import', () => {
  it('are taken when they are right', () => {
    expect(checkArguments(RIGHT)).to.deep.equal({
      file: 'devices.csv',
      member: 'admin@operator',
      format: 'csv',
      dryRun: true,
      activate: false,
    });
    expect(checkArguments({ ...RIGHT, positionals: ['a/b.JSON'] }).format).to.equal('json');
    expect(checkArguments({ ...RIGHT, positionals: ['devices'], format: 'json' }).format).to.equal('json');
  });

  it('are refused with the name of the one that is wrong', () => {
    expect(wrongWith({ positionals: [] })).to.include('one file');
    expect(wrongWith({ positionals: ['a.csv', 'b.csv'] })).to.include('one file');
    for (const member of [undefined, '', 'admin', '../admin@operator', 'Admin@operator'])
      expect(wrongWith({ member }), member).to.include('--as');
    for (const format of ['', 'xml', 'CSV']) expect(wrongWith({ format }), format).to.include('--format');
    expect(wrongWith({ positionals: ['devices.txt'] })).to.include('--format');
  });
});
