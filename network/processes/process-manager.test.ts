import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Home } from '../home/home.ts';
import { portsFrom } from '../home/ports.ts';
import { processStatus, startProcess, stopProcess } from './process-manager.ts';
import { readRecord } from './process-record.ts';
import { environmentOf, type ProcessSpec } from './process-spec.ts';
import { inspectProcess } from './process-table.ts';
import { waitUntil } from './wait-until.ts';

const NAME = 'child';

/** A server of one line: says that it is ready by making a file, and runs until it is told to stop. */
const OBEDIENT = "require('node:fs').writeFileSync('ready', ''); setInterval(() => {}, 1000);";
/** Has a process of its own for each connection, as socat does; here one, whose pid is in the file. */
const PARENT = `const { pid } = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
require('node:fs').writeFileSync('ready', String(pid)); setInterval(() => {}, 1000);`;
const DEAF = `process.on('SIGTERM', () => {}); ${OBEDIENT}`;

describe('process manager', () => {
  let home: Home;

  beforeEach(() => {
    const root = mkdtempSync(join(tmpdir(), 'biot-processes-'));
    home = { root, ports: portsFrom(9000), path: (...segments) => join(root, ...segments) };
  });

  afterEach(async () => {
    await stopProcess(home, NAME, { stopWithinMs: 0 });
    rmSync(home.root, { recursive: true });
  });

  function child(code: string, more: Partial<ProcessSpec> = {}): ProcessSpec {
    return {
      name: NAME,
      command: process.execPath,
      args: ['-e', code],
      env: {},
      port: null,
      ready: () => Promise.resolve(statSync(home.path('ready'), { throwIfNoEntry: false }) !== undefined),
      ...more,
    };
  }

  it('reports a process from its start to its stop', async () => {
    expect(processStatus(home, child(OBEDIENT)).state).to.equal('stopped');
    await startProcess(home, child(OBEDIENT));
    const running = processStatus(home, child(OBEDIENT));
    expect(running.state).to.equal('running');
    expect(running.memoryMb).to.be.greaterThan(5);
    expect(Date.now() - Date.parse(running.since ?? '')).to.be.lessThan(60_000);
    await stopProcess(home, NAME);
    expect(processStatus(home, child(OBEDIENT)).state).to.equal('stopped');
    expect(inspectProcess(running.pid!)).to.equal(undefined);
  });

  it('does not start a second process beside a running one', async () => {
    await startProcess(home, child(OBEDIENT));
    const first = readRecord(home, NAME);
    await startProcess(home, child(OBEDIENT));
    expect(readRecord(home, NAME)).to.deep.equal(first);
  });

  it('tells a crash from a stop, and starts again after it', async () => {
    await startProcess(home, child(OBEDIENT));
    const { pid } = readRecord(home, NAME)!;
    process.kill(pid, 'SIGKILL');
    expect(await waitUntil(() => processStatus(home, child(OBEDIENT)).state === 'crashed', 5_000)).to.equal(
      true,
    );
    await startProcess(home, child(OBEDIENT));
    expect(readRecord(home, NAME)!.pid).not.to.equal(pid);
  });

  it('never takes another process with a reused pid for its own', async () => {
    await startProcess(home, child(OBEDIENT));
    const record = readRecord(home, NAME)!;
    await stopProcess(home, NAME);
    writeFileSync(home.path('run', `${NAME}.json`), JSON.stringify({ ...record, pid: process.pid }));
    expect(processStatus(home, child(OBEDIENT)).state).to.equal('crashed');
    await stopProcess(home, NAME); // must not end the test itself
  });

  it('names the log and its last lines when the process ends early', async () => {
    const failure = await failureOf(
      startProcess(home, child("console.error('no such disk'); process.exit(3)")),
    );
    expect(failure).to.include({ code: 'PROCESS_FAILED' });
    expect(failure.message).to.contain(home.path('logs', 'child.log')).and.to.contain('no such disk');
    expect(processStatus(home, child('')).state).to.equal('stopped');
  });

  it('ends a process that does not become ready in time', async () => {
    const failure = await failureOf(
      startProcess(home, child(OBEDIENT, { ready: () => Promise.resolve(false), readyWithinMs: 100 })),
    );
    expect(failure.message).to.contain('not ready');
    expect(processStatus(home, child('')).state).to.equal('stopped');
  });

  it('kills a process that ignores the polite signal', async () => {
    await startProcess(home, child(DEAF));
    const { pid } = readRecord(home, NAME)!;
    await stopProcess(home, NAME, { stopWithinMs: 50 });
    expect(inspectProcess(pid)).to.equal(undefined);
  });

  it('ends the processes that it has made, too', async () => {
    await startProcess(home, child(PARENT));
    const made = Number(readFileSync(home.path('ready'), 'utf8'));
    expect(inspectProcess(made)).not.to.equal(undefined);
    await stopProcess(home, NAME);
    expect(await waitUntil(() => inspectProcess(made) === undefined, 5_000)).to.equal(true);
  });

  it('names who holds a port that it needs', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const address = holder.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const failure = await failureOf(startProcess(home, child(OBEDIENT, { port: address.port })));
    expect(failure).to.include({ code: 'PORT_TAKEN' });
    expect(failure.message).to.contain(String(address.port)).and.to.contain(String(process.pid));
    holder.close();
  });

  it('explains a command that is not there', async () => {
    const failure = await failureOf(startProcess(home, child('', { command: '/nonexistent/server' })));
    expect(failure).to.include({ code: 'PROCESS_FAILED' });
    expect(failure.message).to.contain('/nonexistent/server');
  });

  it('keeps the log readable for its owner alone, and appends to it', async () => {
    const greeting = `console.log('hello'); ${OBEDIENT}`;
    await startProcess(home, child(greeting));
    await stopProcess(home, NAME);
    rmSync(home.path('ready'));
    await startProcess(home, child(greeting));
    const log = home.path('logs', 'child.log');
    expect(statSync(log).mode & 0o777).to.equal(0o600);
    expect(readFileSync(log, 'utf8').match(/hello/g)).to.have.length(2);
  });

  it("does not pass on a shell's Fabric variables", () => {
    const spec = child('', { env: { CORE_PEER_ID: 'mine' } });
    expect(
      environmentOf(spec, { PATH: '/bin', CORE_PEER_ADDRESS: 'elsewhere', BIOT_LOG: 'debug' }),
    ).to.deep.equal({
      PATH: '/bin',
      BIOT_LOG: 'debug',
      CORE_PEER_ID: 'mine',
    });
  });
});

async function failureOf(attempt: Promise<void>): Promise<Error> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('expected a failure');
}
