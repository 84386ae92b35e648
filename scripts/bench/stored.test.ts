import { expect } from 'chai';

import { fleetOf } from './fleet.ts';
import { parsePeak } from './peak-memory.ts';
import { lostAndDoubled } from './stored.ts';

describe('what a bench checks', () => {
  it('counts messages as lost that are not whole, of devices without any row too', () => {
    const stored = [
      { device: 'bench-0001', whole: 10, doubled: 0 },
      { device: 'bench-0002', whole: 7, doubled: 3 },
    ];
    const sent = { 'bench-0001': 10, 'bench-0002': 9, 'bench-0003': 5 };
    expect(lostAndDoubled(sent, stored)).to.deep.equal({ lost: 7, doubled: 3 });
  });

  it('gives each device of a fleet its own name', () => {
    const names = fleetOf(2_000).map(({ device }) => device);
    expect(new Set(names).size).to.equal(2_000);
    expect(names[0]).to.equal('bench-0001');
  });

  it('reads the peak of memory, and not what is used now', () => {
    expect(parsePeak('Name:\tnode\nVmPeak:\t  999 kB\nVmHWM:\t  2048 kB\nVmRSS:\t  1024 kB\n')).to.equal(2);
    expect(() => parsePeak('Name:\tnode\n')).to.throw('no peak');
  });
});
