import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { execute } from './execute.ts';

describe('a program of a check', () => {
  const folder = mkdtempSync(join(tmpdir(), 'biot-execute-'));
  const log = join(folder, 'log');
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const node = (script: string, interrupt?: AbortSignal): Promise<number> =>
    execute(process.execPath, ['-e', script], { log, ...(interrupt !== undefined && { interrupt }) });

  it('tells how it ended, and the log what it printed, all that it printed', async () => {
    expect(await node('console.log("a"); console.error("b"); process.exitCode = 3')).to.equal(3);
    expect(await node('console.log("c")')).to.equal(0);
    expect(readFileSync(log, 'utf8')).to.equal('a\nb\nc\n');
  });

  it('keeps nobody waiting by what it leaves running', async () => {
    const child = `spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit', detached: true })`;
    expect(
      await node(
        `const child = require('node:child_process').${child}; console.log(child.pid); child.unref()`,
      ),
    ).to.equal(0);
    process.kill(Number(readFileSync(log, 'utf8').trimEnd().split('\n').at(-1)), 'SIGKILL');
  });

  it('fails when it is not there, and when it is interrupted', async () => {
    expect(await execute('no-such-program', [], { log })).to.equal(127);
    const interrupt = new AbortController();
    const run = node('setInterval(() => {}, 1000)', interrupt.signal);
    interrupt.abort();
    expect(await run).to.be.greaterThan(0);
  });
});
