import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readSeries, type Row, surveySeries } from './series.ts';

const FIRST = Date.UTC(2013, 11, 2, 21, 15);

describe('a series in a CSV file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'biot-series-'));
  const path = join(folder, 'series.csv');

  after(() => {
    rmSync(folder, { recursive: true });
  });

  async function rowsOf(content: string): Promise<Row[]> {
    writeFileSync(path, content);
    const rows: Row[] = [];
    for await (const some of readSeries(path)) rows.push(...some);
    return rows;
  }

  async function wrongWith(content: string | Buffer): Promise<string> {
    writeFileSync(path, content);
    return (await surveySeries(path)).bad.describe();
  }

  it('is read row by row, whatever its line ends, quotes and blank lines', async () => {
    const expected = [
      { ts: FIRST, value: 73.96 },
      { ts: FIRST + 300_000, value: -0.5 },
    ];
    for (const content of [
      'timestamp,value\n2013-12-02 21:15:00,73.96\n2013-12-02 21:20:00,-0.5\n',
      'timestamp,value\r\n2013-12-02 21:15:00,73.96\r\n2013-12-02 21:20:00,-.5',
      '\uFEFF"Timestamp","Value"\n"2013-12-02 21:15:00","73.96"\n\n2013-12-02T21:20:00Z , -5e-1\n\n',
    ]) {
      expect(await rowsOf(content)).to.deep.equal(expected);
    }
  });

  it('is surveyed without being kept', async () => {
    const content = `timestamp,value\n${Array.from({ length: 20_000 }, (_, index) => `${FIRST + index},${index}`).join('\n')}`;
    writeFileSync(path, content);
    const { rows, latest, hash, bad } = await surveySeries(path);
    expect({ rows, latest, bad: bad.count }).to.deep.equal({ rows: 20_000, latest: FIRST + 19_999, bad: 0 });
    expect(hash).to.equal(createHash('sha256').update(content).digest('hex'));
    expect((await rowsOf(content)).map(({ value }) => value)).to.deep.equal([...Array(20_000).keys()]);
  });

  it('has every bad line named by its number and what is wrong', async () => {
    const bad = await wrongWith(
      [
        'timestamp,value',
        '2013-12-02 21:15:00,73.96',
        '2013-02-30 21:15:00,73.96',
        '2013-12-02 21:15:00,NaN',
        '2013-12-02 21:15:00,1e999',
        '2013-12-02 21:15:00',
        '2013-12-02 21:15:00,1,2',
        '2013-12-02 21:15:00,',
        '2013-12-02 21:15:00,0x10',
        '\u001b[31m,1',
        '2013-12-02 21:20:00,1',
      ].join('\n'),
    );
    expect(bad.split('\n').map((line) => line.split(':')[0])).to.deep.equal(
      [3, 4, 5, 6, 7, 8, 9, 10].map((line) => `line ${line}`),
    );
    expect(bad).not.to.contain('\u001b');
  });

  it('has many bad lines told in few words', async () => {
    const lines = Array.from({ length: 100 }, (_, index) => (index === 50 ? `${FIRST},1` : 'x,y'));
    const bad = (await wrongWith(['timestamp,value', ...lines].join('\n'))).split('\n');
    expect(bad).to.have.length(21);
    expect(bad.at(-1)).to.equal('and in lines 22–51, 53–101');
  });

  it('is refused without its header, and when it is no text at all', async () => {
    expect(await wrongWith('2013-12-02 21:15:00,73.96\n')).to.match(/^line 1: the header/);
    expect(await wrongWith('')).to.match(/^line 1: the header/);
    expect(await wrongWith(Buffer.alloc(5_000_000, 0xff))).to.equal('line 1: longer than 1000 characters');
  });
});
