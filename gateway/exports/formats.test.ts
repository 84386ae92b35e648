import { expect } from 'chai';
import fc from 'fast-check';

import { csvRecords } from '../../network/import/csv.ts';
import type { AnchoredReading } from '../../sql/queries/telemetry.ts';
import { FORMATS, textCell } from './formats.ts';

const READING: AnchoredReading = {
  ...{ id: 2n ** 63n - 1n, device: 'press-07', tenant: 'acme', epoch: 2, seq: 5, sensor: 'temperature' },
  ...{ value: -1e-7, ts: Date.UTC(2026, 10, 23, 10, 15, 0, 7) },
  anchor: { logId: 'ingest-1@operator', sequence: 0, state: 'committed' },
};

describe('cells of text', () => {
  it('are read back as they were, whatever is in them', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 2, maxLength: 5 }), (texts) => {
        const [record] = csvRecords(`x,${texts.map(textCell).join(',')}\r\n`);
        const expected = texts.map((text) => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text));
        expect(record?.cells.slice(1)).to.deep.equal(expected);
      }),
    );
  });

  it('are never a formula', () => {
    for (const text of ['=HYPERLINK("http://x")', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])
      expect(textCell(text)).to.equal(`"'${text.replaceAll('"', '""')}"`);
    expect(textCell('1=1')).to.equal('1=1');
  });
});

describe('a reading', () => {
  it('is a line of CSV whose numbers are numbers', () => {
    expect(FORMATS.csv.head + FORMATS.csv.line(READING)).to.equal(
      'id,device,tenant,sensor,unit,timestamp,value,seq,epoch,log,sequence\r\n' +
        '9223372036854775807,press-07,acme,temperature,°C,2026-11-23T10:15:00.007Z,-1e-7,5,2,ingest-1@operator,0\r\n',
    );
  });

  it('is a JSON object of one line', () => {
    const text = FORMATS.ndjson.line({ ...READING, device: 'two\nlines' });
    expect(text.indexOf('\n')).to.equal(text.length - 1);
    expect(JSON.parse(text)).to.deep.equal({
      ...{
        id: '9223372036854775807',
        device: 'two\nlines',
        tenant: 'acme',
        sensor: 'temperature',
        unit: '°C',
      },
      ...{ timestamp: '2026-11-23T10:15:00.007Z', value: -1e-7, seq: 5, epoch: 2 },
      ...{ log: 'ingest-1@operator', sequence: 0 },
    });
  });

  it('that belongs to no batch, or is of no sensor of ours, has nothing there', () => {
    const foreign = { ...READING, sensor: '=telepathy', anchor: null };
    expect(FORMATS.csv.line(foreign))
      .to.include(',"\'=telepathy",,')
      .and.to.match(/,5,2,,\r\n$/);
    expect(JSON.parse(FORMATS.ndjson.line(foreign))).to.include({ unit: '', log: null, sequence: null });
  });
});
