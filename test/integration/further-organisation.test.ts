import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

import { deviceSchema } from '../../chaincode/protocol/device.ts';
import { ask, eventually, runProgram, signIn, testHome } from '../harness/instance.ts';
import { makeDevice, registrationOf, withRegistry } from '../harness/test-device.ts';

describe('a member of an organisation that was admitted later', function () {
  this.timeout(300_000);
  const home = testHome();
  const folder = mkdtempSync(join(tmpdir(), 'biot-supplier-'));
  const coming = join(folder, 'coming');

  /** Runs a script that must succeed; gives what it printed. */
  async function done(script: string, ...args: string[]): Promise<string> {
    const { code, out, error } = await runProgram(`scripts/consortium/${script}.sh`, args);
    expect(code, `${script} ${args.join(' ')}: ${error}`).to.equal(0);
    return out;
  }

  before(async () => {
    await done('add-organisation', 'prepare', 'supplier');
    await done('add-organisation', 'propose', 'supplier', coming, '--as', 'manufacturer');
    await done('add-organisation', 'sign', coming, '--as', 'auditor');
  });
  /** The others go on as three. */
  after(async () => {
    const parting = join(folder, 'parting');
    await done('enrol-member', '--as', 'supplier', '--name', 'sue', '--remove');
    await done('remove-organisation', 'propose', 'supplier', parting, '--as', 'manufacturer');
    await done('remove-organisation', 'sign', parting, '--as', 'auditor');
    await done('remove-organisation', 'sign', parting, '--as', 'operator');
    await done('remove-organisation', 'submit', parting, '--as', 'operator');
    rmSync(folder, { recursive: true });
  });

  const enrol = ['--as', 'supplier', '--name', 'sue', '--role', 'admin', '--tenants', 'demo', '--files'];

  it('is enrolled by nobody before the channels have it', async () => {
    const early = await runProgram('scripts/consortium/enrol-member.sh', enrol);
    expect(early.code).to.not.equal(0);
    expect(early.error).to.include('there is no organisation "supplier"');
  });

  it('is enrolled, signs in, and signs with their own key for their own organisation', async () => {
    await done('add-organisation', 'submit', coming, '--as', 'auditor');
    await done('add-organisation', 'join', 'supplier');
    const [, password = ''] = /password: (\S+)/.exec(await done('enrol-member', ...enrol)) ?? [];
    const body = { name: 'sue@supplier', password };
    const isKnown = async (): Promise<boolean> =>
      (await ask(home, '/api/v1/auth/sign-in', { method: 'POST', body })).status === 200;
    await eventually(isKnown, 'the gateway to know the organisation');
    const token = await signIn(home, body.name, password);
    const device = await makeDevice(home, 'supplied');
    const answer = await ask(home, '/api/v1/devices', {
      method: 'POST',
      token,
      body: { devices: [registrationOf(device)] },
    });
    expect(answer.status, JSON.stringify(answer.body)).to.equal(201);
    const { devices } = z.object({ devices: deviceSchema.array() }).parse(answer.body);
    expect(devices).to.have.length(1);
    expect(devices[0]).to.include({ id: device.id, org: 'SupplierMSP', by: 'sue@supplier' });
    await withRegistry(home, 'sue@supplier', async (registry) => {
      // The organisation's own peer has that block a moment after the gateway's.
      const known = (): Promise<boolean> =>
        registry.get(device.id).then(
          () => true,
          () => false,
        );
      await eventually(known, 'the organisation’s own peer to have the device');
      expect(await registry.get(device.id)).to.deep.equal(devices[0]);
    });
  });
});
