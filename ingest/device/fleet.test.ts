import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { readFleet } from './fleet.ts';

const PRESS = { id: 'press-07', tenant: 'acme', type: 'press', sensors: ['temperature', 'vibration'] };

describe('a fleet of simulated devices', () => {
  const folder = mkdtempSync(join(tmpdir(), 'biot-fleet-'));
  const file = join(folder, 'fleet.json');

  after(() => {
    rmSync(folder, { recursive: true });
  });

  function refusalOf(content: string): string {
    writeFileSync(file, content);
    try {
      readFleet(file);
    } catch (error) {
      expect(error).to.be.instanceOf(BiotError).and.include({ code: 'CONFIGURATION_INVALID' });
      return String(error);
    }
    return 'none';
  }

  it('is read with an interval for every device', () => {
    writeFileSync(file, JSON.stringify([PRESS, { ...PRESS, id: 'pump-1', intervalMs: 500 }]));
    expect(readFleet(file)).to.deep.equal([
      { ...PRESS, intervalMs: 2_000 },
      { ...PRESS, id: 'pump-1', intervalMs: 500 },
    ]);
  });

  it('is refused with the file and what is wrong with it', () => {
    for (const [what, device] of Object.entries({
      intervalMs: { ...PRESS, intervalMs: 10 },
      sensors: { ...PRESS, sensors: [] },
      'sensors[1]': { ...PRESS, sensors: ['temperature', 'heat'] },
      id: { ...PRESS, id: '../press' },
      tenant: { ...PRESS, tenant: undefined },
      colour: { ...PRESS, colour: 'red' },
    }))
      expect(refusalOf(JSON.stringify([device])), what)
        .to.include(file)
        .and.include(what);
    expect(refusalOf('{')).to.include(file);
    rmSync(file);
    expect(() => readFleet(file)).to.throw(BiotError, file);
  });

  it('has no device twice: two would give one number to different messages', () => {
    expect(refusalOf(JSON.stringify([PRESS, PRESS]))).to.include('listed twice');
  });
});
