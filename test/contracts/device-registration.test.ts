import { expect } from 'chai';
import { z } from 'zod';

import { deviceSchema, devicesEventSchema } from '../../chaincode/protocol/device.ts';
import { decodeContractError } from '../../chaincode/protocol/errors.ts';
import { sha256, toHex } from '../../chaincode/protocol/hash.ts';
import { DeviceRegistry } from './harness/device-registry.ts';
import { enrolRole } from './harness/members.ts';
import { newPublicKey, registration } from './harness/samples.ts';

const devicesSchema = z.array(deviceSchema);

describe('DeviceContract:Register', () => {
  let registry: DeviceRegistry;

  beforeEach(async () => {
    registry = await DeviceRegistry.open();
  });

  function refusedRegistration(devices: unknown): Promise<string> {
    return registry.refusal('Register', JSON.stringify(devices));
  }

  it('writes a record of everything that is known about the device', async () => {
    const asked = registration('press-07', { tenant: 'acme', type: 'thermometer' });
    const { result, transaction } = await registry.register(asked);
    const [device] = devicesSchema.parse(result);
    const der = Buffer.from(asked.publicKey.replace(/-----[^-]+-----|\n/g, ''), 'base64');
    expect(device).to.deep.equal({
      ...asked,
      org: 'ManufacturerMSP',
      keyFingerprint: toHex(sha256(der)),
      previousKey: null,
      retiredKeys: [],
      status: 'registered',
      epoch: 1,
      groups: [],
      tags: {},
      transfer: null,
      registeredAt: '2026-01-01T00:00:03.000Z',
      updatedAt: '2026-01-01T00:00:03.000Z',
      reason: 'registered',
      by: 'admin@manufacturer',
      transaction,
    });
    expect(await registry.get('press-07')).to.deep.equal(device);
  });

  it('takes 500 devices at once, answers in their order and tells the channel of all', async () => {
    const asked = Array.from({ length: 500 }, (_, index) => registration(`d-${(index * 7919) % 500}`));
    const { result, event, writes } = await registry.register(...asked);
    const devices = devicesSchema.parse(result);
    expect(devices.map(({ id }) => id)).to.deep.equal(asked.map(({ id }) => id));
    expect(event?.name).to.equal('devices');
    expect(devicesEventSchema.parse(event?.payload).devices).to.deep.equal(devices);
    expect(writes, 'a record for each ten').to.have.lengthOf(50);
  });

  it('takes neither none nor 501', async () => {
    const publicKey = newPublicKey();
    expect(await refusedRegistration([])).to.equal('INVALID_ARGUMENT');
    const tooMany = Array.from({ length: 501 }, (_, index) => registration(`d-${index}`, { publicKey }));
    expect(await refusedRegistration(tooMany)).to.equal('INVALID_ARGUMENT');
  });

  it('refuses an id that stands twice in one call: the ledger would not show the first to the second', async () => {
    expect(await refusedRegistration([registration('a'), registration('b'), registration('a')])).to.equal(
      'INVALID_ARGUMENT',
    );
  });

  it('refuses all when one exists, and the record stays as it was', async () => {
    await registry.register(registration('a'));
    const before = await registry.get('a');
    expect(await refusedRegistration([registration('b'), registration('a')])).to.equal('DEVICE_EXISTS');
    expect(await registry.get('a')).to.deep.equal(before);
    expect(await registry.refusal('Get', 'b')).to.equal('DEVICE_UNKNOWN');
  });

  it('refuses all when one is of a type that the ledger does not know', async () => {
    const devices = [registration('a'), registration('b', { type: 'thermometre' })];
    expect(await refusedRegistration(devices)).to.equal('TYPE_UNKNOWN');
    expect(await registry.refusal('Get', 'a')).to.equal('DEVICE_UNKNOWN');
  });

  it('lets one of two simultaneous registrations of an id win', async () => {
    const operator = await enrolRole('operator', 'admin');
    const calls = [registry.admin, operator].map((who) =>
      registry.channel.prepare(who, 'DeviceContract:Register', JSON.stringify([registration('a')])),
    );
    const endorsements = await Promise.all(calls.map((call) => registry.channel.endorse(call)));
    const valid = calls.map((call, index) => registry.channel.commit(call, endorsements[index]!));
    expect(valid).to.deep.equal([true, false]);
    expect((await registry.get('a')).org).to.equal('ManufacturerMSP');
  });

  for (const [what, changes] of Object.entries({
    'an id with a slash': { id: 'a/b' },
    'an id with a wildcard': { id: '+' },
    'an id that climbs': { id: 'a..b' },
    'an upper-case id': { id: 'Press' },
    'an id with a NUL, which separates composite keys': { id: 'a\u0000b' },
    'a tenant with a slash': { tenant: 'a/b' },
    'an empty type': { type: '' },
    'a field of its own': { org: 'OperatorMSP' },
    'a number for an id': { id: 7 },
  })) {
    it(`refuses ${what}`, async () => {
      expect(await refusedRegistration([{ ...registration('a'), ...changes }])).to.equal('INVALID_ARGUMENT');
    });
  }

  it('refuses what is not JSON, or not an array', async () => {
    for (const text of ['', '{', 'undefined', '{}', 'null', '"a"']) {
      const code = await registry.refusal('Register', text);
      expect(code, text).to.equal('INVALID_ARGUMENT');
    }
  });

  it('refuses a proposal whose instant could not be read back', async () => {
    const call = registry.channel.prepare(
      registry.admin,
      'DeviceContract:Register',
      JSON.stringify([registration('a')]),
    );
    for (const seconds of [253_402_300_800n, 10n ** 15n, -1n]) {
      const { message } = await registry.channel.endorse({ ...call, timestamp: { seconds, nanos: 0 } });
      expect(decodeContractError(message)?.code, String(seconds)).to.equal('INVALID_ARGUMENT');
    }
  });
});
