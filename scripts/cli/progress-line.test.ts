import { expect } from 'chai';

import { ProgressLine } from './progress-line.ts';

const ERASE = '\r\u001b[K';

describe('the line that says how far a command has got', () => {
  let written: string[];

  beforeEach(() => {
    written = [];
  });

  function line(isTTY: boolean, total = 1000): ProgressLine {
    return new ProgressLine({ isTTY, write: (text) => written.push(text) }, total, 0);
  }

  it('is one line on a terminal, written anew several times a second', () => {
    const progress = line(true);
    for (let now = 0; now <= 2_000; now += 50) progress.update(now / 10, now);
    expect(written).to.have.length.within(4, 6);
    for (const text of written) expect(text.startsWith(ERASE) && !text.includes('\n')).to.equal(true);
    progress.end();
    expect(written.at(-1)).to.equal(ERASE);
  });

  it('is a line now and then elsewhere', () => {
    const progress = line(false);
    for (let now = 0; now <= 20_000; now += 50) progress.update(now / 100, now);
    progress.end();
    expect(written).to.have.length(4);
    for (const text of written)
      expect(text.includes(ERASE) || text.indexOf('\n') !== text.length - 1).to.equal(false);
  });

  it('is nothing for a command that is over at once', () => {
    const progress = line(true);
    for (let now = 0; now < 1_000; now += 50) progress.update(now, now);
    progress.end();
    expect(written).to.deep.equal([]);
  });

  it('says how far it is, how quick, and how long it will take', () => {
    const progress = line(true);
    progress.update(100, 2_000);
    progress.update(250, 5_000, 'no connection');
    expect(written).to.deep.equal([
      `${ERASE}100 of 1000 stored (10 %), 50 a second, 18 s left`,
      `${ERASE}250 of 1000 stored (25 %), 50 a second, 15 s left, no connection`,
    ]);
  });

  it('is as quick as in the last seconds, and says nothing of the end when nothing gets on', () => {
    const progress = line(true, 100_000);
    for (let now = 1_000; now <= 20_000; now += 1_000) progress.update(now, now);
    expect(written.at(-1)).to.include('1000 a second, 1 min 20 s left');
    for (let now = 21_000; now <= 40_000; now += 1_000) progress.update(20_000, now);
    expect(written.at(-1)).to.equal(`${ERASE}20000 of 100000 stored (20 %), 0.0 a second`);
  });

  it('speaks of hours, and of a file without rows', () => {
    line(true, 1_000_000).update(200, 2_000);
    expect(written.at(-1)).to.include('2 h 46 min left');
    line(true, 0).update(0, 2_000);
    expect(written.at(-1)).to.include('0 of 0 stored (100 %)');
  });
});
