import { expect } from 'chai';
import fc from 'fast-check';

import { type CsvRecord, csvRecords } from './csv.ts';
import { quoted } from './testing/csv-file.ts';

/** Without the empty lines. */
function recordsOf(text: string): CsvRecord[] {
  return [...csvRecords(text)].filter((record) => record !== undefined);
}

function cellsOf(text: string): (readonly string[])[] {
  return recordsOf(text).map(({ cells, fault }) => {
    expect(fault).to.equal(undefined);
    return cells;
  });
}

describe('CSV', () => {
  it('is read back as it was written, whatever is in the cells, with either line end', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ';', ' ', 'é', '𝄞') });
    const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 5 });
    fc.assert(
      fc.property(table, fc.constantFrom('\n', '\r\n'), fc.boolean(), (rows, lineEnd, ended) => {
        const lines = rows.map((cells) => cells.map(quoted).join(','));
        const text = lines.join(lineEnd) + (ended ? lineEnd : '');
        expect(cellsOf(text)).to.deep.equal(rows.filter((cells) => cells.some((one) => one !== '')));
      }),
    );
  });

  it('needs no quotes where nothing has to be quoted', () => {
    expect(cellsOf('a,b;c,d e\n1,,3')).to.deep.equal([
      ['a', 'b;c', 'd e'],
      ['1', '', '3'],
    ]);
  });

  it('begins behind a byte order mark, and has no empty lines', () => {
    expect(cellsOf('\uFEFFa,b\r\n\r\n,\r\n1,2\r\n\r\n')).to.deep.equal([
      ['a', 'b'],
      ['1', '2'],
    ]);
    expect(cellsOf('')).to.deep.equal([]);
    expect(cellsOf('\n\n')).to.deep.equal([]);
  });

  it('counts the lines of a file, not of a list', () => {
    const lines = recordsOf('a,b\n\n"1\n2",3\r\n4,5\n').map(({ line }) => line);
    expect(lines).to.deep.equal([1, 3, 5]);
  });

  it('says where it cannot be read, and goes on with the next line', () => {
    const text = 'a,b\n1,"2"x\n3,4"\n"5,6\n7,8\n';
    expect(recordsOf(text).map(({ line, fault }) => [line, fault])).to.deep.equal([
      [1, undefined],
      [2, 'text behind a closing quote'],
      [3, 'a quote inside a cell that does not begin with one'],
      [4, 'a quote that is not closed'],
      [5, undefined],
    ]);
  });

  it('does not let an open quote take the rest of the file', () => {
    const text = `"1,2\n${'3,4\n'.repeat(5_000)}"5",6\n`;
    const records = recordsOf(text);
    expect(records).to.have.length(5_002);
    expect(records.filter(({ fault }) => fault !== undefined).map(({ line }) => line)).to.deep.equal([1]);
  });

  it('builds no more of a line than a line of devices has', () => {
    const text = `${','.repeat(1_000_000)}\n${'a'.repeat(1_000_000)},b\n5,6\n`;
    expect(recordsOf(text).map(({ line, cells, fault }) => [line, cells.length, fault])).to.deep.equal([
      [1, 64, 'more than 64 cells'],
      [2, 0, 'a cell of more than 4096 characters'],
      [3, 2, undefined],
    ]);
  });

  it('has a place to pause behind every empty line', () => {
    expect([...csvRecords('\n,\n\na,b')].map((record) => record?.line)).to.deep.equal([
      undefined,
      undefined,
      undefined,
      4,
    ]);
  });

  it('reads any text to its end, with each line no more than once', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r'), maxLength: 60 }), (text) => {
        const lines = recordsOf(text).map(({ line }) => line);
        expect(lines).to.deep.equal([...new Set(lines)].sort((left, right) => left - right));
      }),
      { numRuns: 2_000 },
    );
  });
});
