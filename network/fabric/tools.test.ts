import { expect } from 'chai';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFabricTools } from './tools.ts';

const PROGRAMS = ['peer', 'orderer', 'configtxgen', 'configtxlator', 'cryptogen', 'osnadmin'];

describe('Fabric tools named in BIOT_FABRIC_BIN', () => {
  const named = process.env['BIOT_FABRIC_BIN'];
  let bin: string;

  beforeEach(() => {
    bin = mkdtempSync(join(tmpdir(), 'biot-tools-'));
    process.env['BIOT_FABRIC_BIN'] = bin;
  });

  afterEach(() => {
    rmSync(bin, { recursive: true });
    if (named === undefined) delete process.env['BIOT_FABRIC_BIN'];
    else process.env['BIOT_FABRIC_BIN'] = named;
  });

  function program(name: string, says = ''): void {
    writeFileSync(join(bin, name), `#!/bin/sh\necho '${says}'\n`);
    chmodSync(join(bin, name), 0o755);
  }

  async function failure(): Promise<Error> {
    try {
      await findFabricTools(() => undefined);
    } catch (error) {
      if (error instanceof Error) return error;
    }
    throw new Error('expected a failure');
  }

  it('are used with the settings beside them', async () => {
    for (const name of PROGRAMS) program(name, 'Version: v2.5.12');
    for (const file of ['core.yaml', 'orderer.yaml']) writeFileSync(join(bin, file), '');
    expect(await findFabricTools(() => undefined)).to.deep.equal({ bin, config: bin });
  });

  it('are used with the settings of the pinned module when they come alone, even if it has to be fetched', async function () {
    this.timeout(300_000);
    for (const name of PROGRAMS) program(name, 'Version: v2.5.12');
    const { config } = await findFabricTools(() => undefined);
    expect(existsSync(join(config, 'core.yaml')), config).to.equal(true);
  });

  it('are refused with a sentence when they come alone and the settings are not to be had', async () => {
    for (const name of PROGRAMS) program(name, 'Version: v2.5.12');
    const { PATH } = process.env;
    process.env['PATH'] = bin;
    try {
      expect((await failure()).message)
        .to.contain('FABRIC_CFG_PATH')
        .and.to.contain('core.yaml');
    } finally {
      process.env['PATH'] = PATH;
    }
  });

  it('are refused when some are missing, and named', async () => {
    for (const name of PROGRAMS.slice(2)) program(name);
    const error = await failure();
    expect(error).to.have.property('code', 'SETUP_FAILED');
    expect(error.message).to.contain('peer, orderer').and.to.contain(bin).and.not.to.contain('osnadmin');
  });

  it('are refused when they are too old for the channels', async () => {
    for (const name of PROGRAMS) program(name, 'Version: 2.4.9');
    expect((await failure()).message)
      .to.contain('2.4')
      .and.to.contain('2.5 or newer');
  });
});
