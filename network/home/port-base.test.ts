import { expect } from 'chai';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimPortBase } from './port-base.ts';
import { PORT_SPAN } from './ports.ts';

const FIRST = 20_000;

describe('port base', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'biot-claims-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function claim(home: string, first = FIRST): number {
    return claimPortBase(join(folder, home), first, join(folder, 'claims'));
  }

  /** Makes a claim look as if it had been made long ago. */
  function age(base: number): void {
    utimesSync(join(folder, 'claims', String(base)), 0, 0);
  }

  it('gives two homes different ranges, though neither listens yet', () => {
    const first = claim('one');
    expect(claim('two')).to.be.at.least(first + PORT_SPAN);
  });

  it('gives the same home the same range again', () => {
    expect(claim('one')).to.equal(claim('one'));
  });

  it('keeps an old claim while its home keeps the base, and takes it over when the home is gone', () => {
    const first = claim('home');
    age(first);
    writeFileSync(join(folder, 'instance.json'), JSON.stringify({ portBase: first }));
    writeFileSync(join(folder, 'claims', String(first)), folder);
    age(first);
    expect(claim('two')).not.to.equal(first);
    rmSync(join(folder, 'instance.json'));
    expect(claim('three')).to.equal(first);
  });

  it('passes by a range in which somebody listens', async () => {
    const base = claim('one');
    const holder = await listen(base + 14);
    rmSync(join(folder, 'claims', String(base)));
    expect(claim('two')).to.be.at.least(base + PORT_SPAN);
    holder.close();
  });

  it('keeps clear of the ports that the system hands out itself', () => {
    expect(() => claim('one', 32_700)).to.throw('no free range of ports');
  });
});

function listen(port: number): Promise<Server> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () => {
      resolve(server);
    });
  });
}
