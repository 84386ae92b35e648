import { expect } from 'chai';
import { inspectProcess, parseStat } from './process-table.ts';

function stat({ name = 'node', state = 'S', threads = 7 }): string {
  const between = Array<string>(16).fill('0').join(' ');
  return `4711 (${name}) ${state} ${between} ${threads} 0 98765 1234567 512 0 0`;
}

describe('process table', () => {
  it('reads start and memory whatever the program calls itself', () => {
    for (const name of ['node', 'my (odd) name', ') S 1 2 3']) {
      expect(parseStat(stat({ name }))).to.deep.equal({ startTicks: 98_765, memoryMb: 2 });
    }
  });

  it('counts a zombie as gone, but not before its last thread has let go of what it held', () => {
    expect(parseStat(stat({ state: 'Z', threads: 1 }))).to.equal(undefined);
    expect(parseStat(stat({ state: 'Z', threads: 3 }))).not.to.equal(undefined);
  });

  it('sees this process, and none behind a number that no process has', () => {
    expect(inspectProcess(process.pid)?.memoryMb).to.be.greaterThan(10);
    expect(inspectProcess(2 ** 22 + 1)).to.equal(undefined);
  });
});
