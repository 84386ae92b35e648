import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { BiotError } from '../../../chaincode/protocol/errors.ts';
import { readFolder } from './labelled-series.ts';

const ROWS = [
  'timestamp,value',
  ...['00', '05', '10', '15', '20'].map((minute) => `2024-01-01 00:${minute}:00,1.5`),
];

describe('folder of labelled series', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'biot-labelled-'));
    mkdirSync(join(folder, 'pumps'));
    write('a.csv', ROWS.join('\n'));
    write('pumps/b.csv', ROWS.join('\n'));
    write('c.csv', ROWS.join('\n'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function write(name: string, text: string): void {
    writeFileSync(join(folder, name), text);
  }

  async function refusal(): Promise<string> {
    try {
      await readFolder(folder);
    } catch (error) {
      if (error instanceof BiotError && error.code === 'INVALID_ARGUMENT') return error.message;
    }
    throw new Error('was not refused');
  }

  it('is read with all in it, windows by name or path, in their order, ends included', async () => {
    const windows = {
      'a.csv': [
        ['2024-01-01 00:20:00.000000', '2024-01-01 00:30:00'],
        ['2024-01-01 00:05:00', '2024-01-01 00:10:00'],
      ],
      'b.csv': [['2024-01-01 00:01:00', '2024-01-01 00:14:00']],
    };
    write('windows.json', JSON.stringify(windows));
    const { series, notes } = await readFolder(folder);
    expect(notes).to.deep.equal([]);
    expect(series.map(({ name, rows, windows: found }) => [name, rows.length, found])).to.deep.equal([
      [
        'a.csv',
        5,
        [
          [1, 2],
          [4, 4],
        ],
      ],
      ['c.csv', 5, []],
      [join('pumps', 'b.csv'), 5, [[1, 2]]],
    ]);
  });

  it('says which windows it leaves out: of a file that is not there, and without a reading', async () => {
    const [before, nowhere] = [
      ['2023-01-01 00:00:00', '2024-01-01 00:05:00'],
      ['2025-01-01 00:00:00', '2025-01-02 00:00:00'],
    ];
    write('windows.json', JSON.stringify({ 'machines/a.csv': [nowhere, before], 'gone.csv': [before] }));
    const { series, notes } = await readFolder(folder);
    expect(series[0]?.windows).to.deep.equal([[0, 1]]);
    expect(notes).to.deep.equal([
      'windows.json has windows of gone.csv, which is not in the folder: left out',
      'a.csv has no reading in the window at 2025-01-01T00:00:00.000Z: left out',
    ]);
  });

  it('is refused without windows, with a window that is none, and with a row that is none', async () => {
    expect(await refusal()).to.contain('windows.json');
    write('windows.json', '{"a.csv": [["yesterday", "today"]]}');
    expect(await refusal()).to.contain('windows.json');
    write('windows.json', '{"a.csv": [["2024-01-01 00:10:00", "2024-01-01 00:05:00"]]}');
    expect(await refusal()).to.contain('windows.json');
    write('windows.json', '{}');
    write('c.csv', 'timestamp,value\n2024-01-01 00:00:00,NaN');
    expect(await refusal()).to.contain('line 2');
  });
});
