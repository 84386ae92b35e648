import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { readSimulatorConfig } from './simulator-config.ts';

const PRESS = { id: 'press-07', tenant: 'acme', type: 'press', sensors: ['temperature'], intervalMs: 500 };

describe("the simulator's configuration", () => {
  const folder = mkdtempSync(join(tmpdir(), 'biot-simulator-'));
  const authority = join(folder, 'ca.pem');
  const environment = {
    BIOT_DEVICES: folder,
    BIOT_BROKER_PORT: '8442',
    BIOT_BROKER_AUTHORITY: authority,
    BIOT_GATEWAY_URL: 'https://127.0.0.1:8440',
    BIOT_VENDOR_KEYS: join(folder, 'vendor-keys'),
  };

  before(() => {
    writeFileSync(authority, 'a certificate');
    writeFileSync(join(folder, 'fleet.json'), JSON.stringify([PRESS]));
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  function refusalOf(changes: NodeJS.ProcessEnv): string {
    try {
      readSimulatorConfig({ ...environment, ...changes });
    } catch (error) {
      expect(error).to.be.instanceOf(BiotError).and.include({ code: 'CONFIGURATION_INVALID' });
      return String(error);
    }
    return 'none';
  }

  it('is read from the environment and the files that it names', () => {
    const { folderOf, ...config } = readSimulatorConfig(environment);
    expect(config).to.deep.equal({
      fleet: [PRESS],
      broker: { host: '127.0.0.1', port: 8442, authority: 'a certificate' },
      firmware: {
        gateway: { url: 'https://127.0.0.1:8440', authority: 'a certificate' },
        keys: join(folder, 'vendor-keys'),
      },
    });
    expect(folderOf('press-07')).to.equal(join(folder, 'press-07'));
    expect(readSimulatorConfig({ ...environment, BIOT_BROKER_HOST: 'broker' }).broker.host).to.equal(
      'broker',
    );
  });

  it('is refused with the variable that is wrong or missing', () => {
    for (const port of [undefined, '', '0', '65536', '80.5', 'mqtt'])
      expect(refusalOf({ BIOT_BROKER_PORT: port }), port).to.include('BIOT_BROKER_PORT');
    expect(refusalOf({ BIOT_DEVICES: undefined })).to.include('BIOT_DEVICES');
    expect(refusalOf({ BIOT_BROKER_HOST: '' })).to.include('BIOT_BROKER_HOST');
    expect(refusalOf({ BIOT_BROKER_AUTHORITY: undefined })).to.include('BIOT_BROKER_AUTHORITY');
  });

  it('is refused with the file that cannot be read', () => {
    expect(refusalOf({ BIOT_BROKER_AUTHORITY: join(folder, 'none.pem') }))
      .to.include('BIOT_BROKER_AUTHORITY')
      .and.include('none.pem');
    expect(refusalOf({ BIOT_DEVICES: join(folder, 'none') })).to.include(join(folder, 'none', 'fleet.json'));
  });
});
