import { expect } from 'chai';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHome, openHome } from './home.ts';

describe('home', () => {
  const cache = process.env['XDG_CACHE_HOME'];
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'biot-home-'));
    // Where homes claim their ports.
    process.env['XDG_CACHE_HOME'] = join(folder, 'cache');
  });

  afterEach(() => {
    if (cache === undefined) delete process.env['XDG_CACHE_HOME'];
    else process.env['XDG_CACHE_HOME'] = cache;
    rmSync(folder, { recursive: true });
  });

  it('is opened as it was created, with the same ports', () => {
    const root = join(folder, 'home');
    const created = createHome(root);
    expect(openHome(root).ports).to.deep.equal(created.ports);
    expect(createHome(root).ports).to.deep.equal(created.ports);
    expect(created.path('logs', 'x.log')).to.equal(join(root, 'logs', 'x.log'));
  });

  it('is open to its owner alone', () => {
    const root = join(folder, 'home');
    createHome(root);
    expect(statSync(root).mode & 0o777).to.equal(0o700);
  });

  it('is not gone on with when its ledger is of another version', () => {
    const file = join(folder, 'instance.json');
    for (const instance of [{ portBase: 20_000 }, { portBase: 20_000, layout: 99 }]) {
      writeFileSync(file, JSON.stringify(instance));
      expect(() => createHome(folder))
        .to.throw('npm run reset')
        .with.property('code', 'SETUP_FAILED');
      expect(openHome(folder).ports.gateway, 'it can still be stopped').to.equal(20_000);
    }
  });

  it('says so when it was never created', () => {
    expect(() => openHome(join(folder, 'nowhere')))
      .to.throw('there is no BIoT-DM instance')
      .with.property('code', 'NOT_SET_UP');
  });

  for (const damage of ['{', '{}', '{"portBase":"8440"}', '{"portBase":80}']) {
    it(`does not guess when its settings are damaged: ${damage}`, () => {
      writeFileSync(join(folder, 'instance.json'), damage);
      expect(() => openHome(folder))
        .to.throw('is damaged')
        .with.property('code', 'SETUP_FAILED');
      expect(() => createHome(folder)).to.throw('is damaged');
    });
  }
});
