import { expect } from 'chai';

import { type BrokerConnection, connectDevice } from '../harness/broker-connection.ts';
import { crash, eventually, startAgain, testHome } from '../harness/instance.ts';
import { makeActiveDevice, type TestDevice, withRegistry } from '../harness/test-device.ts';

/** From the ledger's commit on: what the platform promises. */
const BOUND_MS = 1_000;

describe('the connection of a device that the ledger turns away', function () {
  this.timeout(120_000);
  const home = testHome();
  let device: TestDevice;
  let connection: BrokerConnection | undefined;

  beforeEach(async () => {
    device = await makeActiveDevice(home, 'turned');
  });
  afterEach(() => connection?.end());

  async function decide(step: 'activate' | 'suspend' | 'revoke'): Promise<number> {
    await withRegistry(home, 'admin@manufacturer', (registry) => registry[step](device.id, 'a test'));
    return Date.now();
  }

  async function cannotReturn(): Promise<void> {
    await connectDevice(home, device.id).then(
      async (returned) => {
        await returned.end();
        throw new Error('it came back');
      },
      (error: unknown) => {
        expect(String(error)).to.match(/revoked|closed|ECONNRESET|handshake/i);
      },
    );
  }

  for (const step of ['suspend', 'revoke'] as const) {
    it(`is cut within a second when the device is turned away by "${step}", and is not to be had again`, async () => {
      connection = await connectDevice(home, device.id);
      const decided = await decide(step);
      expect((await connection.closed) - decided).to.be.lessThan(BOUND_MS);
      await cannotReturn();
    });
  }

  it('is to be had again when the device is active again', async () => {
    await decide('suspend');
    await eventually(
      () => connectDevice(home, device.id).then(refuseIt, () => true),
      'the device to be refused',
    );
    await decide('activate');
    await eventually(async () => {
      connection = await connectDevice(home, device.id).catch(() => undefined);
      return connection !== undefined;
    }, 'the device to be let in again');
  });

  it('is cut also when the guard was away at the time', async () => {
    connection = await connectDevice(home, device.id);
    await crash(home, 'guard');
    await decide('revoke');
    expect(connection.open()).to.equal(true);
    await startAgain();
    await connection.closed;
    await cannotReturn();
  });

  it('leaves the connections of others alone', async () => {
    const other = await makeActiveDevice(home, 'bystander');
    connection = await connectDevice(home, other.id);
    const turnedAway = await connectDevice(home, device.id);
    await decide('suspend');
    await turnedAway.closed;
    expect(connection.open()).to.equal(true);
  });

  async function refuseIt(admitted: BrokerConnection): Promise<boolean> {
    await admitted.end();
    return false;
  }
});
