import { expect } from 'chai';

import { importFileOf, rangesText } from './import-file.ts';

function errorOf(file: File): string | undefined {
  const made = importFileOf(file);
  return 'error' in made ? made.error : undefined;
}

describe('a file to import', () => {
  it('is what its name says, whatever the browser calls it', () => {
    const csv = new File(['id'], 'devices.CSV', { type: 'application/vnd.ms-excel' });
    expect(importFileOf(csv)).to.deep.equal({ name: 'devices.CSV', type: 'text/csv', content: csv });
    expect(importFileOf(new File(['[]'], 'a.b.json'))).to.include({ type: 'application/json' });
  });

  it('is refused with a reason when it cannot be one', () => {
    expect(errorOf(new File(['x'], 'devices.xlsx'))).to.contain('neither');
    expect(errorOf(new File([], 'devices.csv'))).to.contain('empty');
    const large = new File(['x'], 'large.csv');
    Object.defineProperty(large, 'size', { value: 32 * 1024 * 1024 + 1 });
    expect(errorOf(large)).to.contain('32 MB');
  });

  it('has its further lines named as ranges', () => {
    expect(rangesText([])).to.equal('');
    expect(
      rangesText([
        [12, 12],
        [20, 31],
      ]),
    ).to.equal('12, 20 to 31');
  });
});
