import { generateKeyPairSync } from 'node:crypto';

import { expect } from 'chai';
import { z } from 'zod';

import {
  type Device,
  deviceChangeSchema,
  DEVICE_STATUSES,
  devicePageSchema,
  deviceSchema,
  devicesEventSchema,
  type DeviceStatus,
} from '../../chaincode/protocol/device.ts';
import { decodeContractError } from '../../chaincode/protocol/errors.ts';
import { sha256, toHex } from '../../chaincode/protocol/hash.ts';
import { type Committed, TestChannel } from './harness/channel.ts';
import { type Credentials, enrolRole } from './harness/members.ts';
import { newPublicKey, publicKeyPem, registration } from './harness/samples.ts';

const devicesSchema = z.array(deviceSchema);

describe('DeviceContract', () => {
  let admin: Credentials;
  let channel: TestChannel;

  before(async () => {
    admin = await enrolRole('manufacturer', 'admin');
  });

  beforeEach(() => {
    channel = new TestChannel('registry');
  });

  function register(...registrations: unknown[]): Promise<Committed> {
    return channel.submit(admin, 'DeviceContract:Register', JSON.stringify(registrations));
  }

  async function refusedRegistration(devices: unknown): Promise<string> {
    const { code } = await channel.refusal(admin, 'DeviceContract:Register', JSON.stringify(devices));
    return code;
  }

  async function get(id: string): Promise<Device> {
    return deviceSchema.parse(await channel.evaluate(admin, 'DeviceContract:Get', id));
  }

  describe('Register', () => {
    it('writes a record of everything that is known about the device', async () => {
      const asked = registration('press-07', { tenant: 'acme', type: 'press' });
      const { result, transaction } = await register(asked);
      const [device] = devicesSchema.parse(result);
      const der = Buffer.from(asked.publicKey.replace(/-----[^-]+-----|\n/g, ''), 'base64');
      expect(device).to.deep.equal({
        ...asked,
        org: 'ManufacturerMSP',
        keyFingerprint: toHex(sha256(der)),
        status: 'registered',
        epoch: 1,
        registeredAt: '2026-01-01T00:00:01.000Z',
        updatedAt: '2026-01-01T00:00:01.000Z',
        reason: 'registered',
        by: 'admin@manufacturer',
        transaction,
      });
      expect(await get('press-07')).to.deep.equal(device);
    });

    it('takes 500 devices at once, answers in their order and tells the channel of all', async () => {
      const publicKey = newPublicKey();
      const asked = Array.from({ length: 500 }, (_, index) =>
        registration(`d-${(index * 7919) % 500}`, { publicKey }),
      );
      const { result, event, writes } = await register(...asked);
      const devices = devicesSchema.parse(result);
      expect(devices.map(({ id }) => id)).to.deep.equal(asked.map(({ id }) => id));
      expect(event?.name).to.equal('devices');
      expect(devicesEventSchema.parse(event?.payload).devices).to.deep.equal(devices);
      expect(new Set(writes).size).to.equal(500);
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
      await register(registration('a'));
      const before = await get('a');
      expect(await refusedRegistration([registration('b'), registration('a')])).to.equal('DEVICE_EXISTS');
      expect(await get('a')).to.deep.equal(before);
      expect((await channel.refusal(admin, 'DeviceContract:Get', 'b')).code).to.equal('DEVICE_UNKNOWN');
    });

    it('lets one of two simultaneous registrations of an id win', async () => {
      const operator = await enrolRole('operator', 'admin');
      const calls = [admin, operator].map((who) =>
        channel.prepare(who, 'DeviceContract:Register', JSON.stringify([registration('a')])),
      );
      const endorsements = await Promise.all(calls.map((call) => channel.endorse(call)));
      const valid = calls.map((call, index) => channel.commit(call, endorsements[index]!));
      expect(valid).to.deep.equal([true, false]);
      expect((await get('a')).org).to.equal('ManufacturerMSP');
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
        expect(await refusedRegistration([{ ...registration('a'), ...changes }])).to.equal(
          'INVALID_ARGUMENT',
        );
      });
    }

    it('refuses what is not JSON, or not an array', async () => {
      for (const text of ['', '{', 'undefined', '{}', 'null', '"a"']) {
        const { code } = await channel.refusal(admin, 'DeviceContract:Register', text);
        expect(code, text).to.equal('INVALID_ARGUMENT');
      }
    });

    it('refuses a proposal whose instant could not be read back', async () => {
      const call = channel.prepare(admin, 'DeviceContract:Register', JSON.stringify([registration('a')]));
      for (const seconds of [253_402_300_800n, 10n ** 15n, -1n]) {
        const { message } = await channel.endorse({ ...call, timestamp: { seconds, nanos: 0 } });
        expect(decodeContractError(message)?.code, String(seconds)).to.equal('INVALID_ARGUMENT');
      }
    });
  });

  describe('public keys', () => {
    const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const der = p256.publicKey.export({ type: 'spki', format: 'der' });
    const pem = (bytes: Uint8Array): string =>
      `-----BEGIN PUBLIC KEY-----\n${Buffer.from(bytes).toString('base64')}\n-----END PUBLIC KEY-----\n`;
    const changed = (at: number): Uint8Array => {
      const bytes = Uint8Array.from(der);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      return bytes;
    };
    // 30 39 … 03 22 00 02|03 x: the same curve with a compressed point (SEC 1 section 2.3.3).
    const compressed = Buffer.concat([
      Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex'),
      Uint8Array.of(((der.at(-1) ?? 0) & 1) + 2),
      der.subarray(27, 59),
    ]);

    // 06 or 07 in place of 04: the same point, its parity told twice (X9.62), which OpenSSL reads and keeps.
    const hybrid = Uint8Array.from(der);
    hybrid[26] = 6 + ((der.at(-1) ?? 0) & 1);

    for (const [what, publicKey] of Object.entries({
      'on SM2, whose DER has the same length': publicKeyPem(
        generateKeyPairSync('ec', { namedCurve: 'SM2' }).publicKey,
      ),
      'with a point in hybrid form': pem(hybrid),
      'on P-384': publicKeyPem(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey),
      'on secp256k1': publicKeyPem(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey),
      'for Ed25519': publicKeyPem(generateKeyPairSync('ed25519').publicKey),
      'for RSA': publicKeyPem(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey),
      'for RSA, and short': publicKeyPem(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey),
      'beside the curve': pem(changed(der.length - 1)),
      'at infinity': pem(Buffer.from('301a301306072a8648ce3d020106082a8648ce3d03010703030000', 'hex')),
      'with a compressed point': pem(compressed),
      'with bytes behind it': pem(Buffer.concat([der, Uint8Array.of(0)])),
      'cut short': pem(der.subarray(0, -1)),
      'that is garbage': pem(Buffer.from('not a key')),
      'that is private': p256.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      'that is empty': '',
      'that is two keys': pem(der) + pem(der),
      'in DER': der.toString('base64'),
    })) {
      it(`refuses one ${what}`, async () => {
        expect(await refusedRegistration([registration('a', { publicKey })])).to.equal('KEY_INVALID');
        await register(registration('a'));
        expect((await channel.refusal(admin, 'DeviceContract:RotateKey', 'a', publicKey)).code).to.equal(
          'KEY_INVALID',
        );
      });
    }

    it('keeps every way of writing a key as one', async () => {
      const plain = publicKeyPem(p256.publicKey);
      const spellings = [plain, plain.trimEnd(), plain.replaceAll('\n', '\r\n'), pem(der)];
      await register(...spellings.map((publicKey, index) => registration(`d-${index}`, { publicKey })));
      for (const index of spellings.keys()) expect((await get(`d-${index}`)).publicKey).to.equal(plain);
    });
  });

  describe('status', () => {
    const CALLS: readonly [string, DeviceStatus][] = [
      ['Activate', 'active'],
      ['Suspend', 'suspended'],
      ['Revoke', 'revoked'],
    ];
    /** How a fresh device comes to each status. */
    const WAYS: Readonly<Record<DeviceStatus, readonly string[]>> = {
      registered: [],
      active: ['Activate'],
      suspended: ['Activate', 'Suspend'],
      revoked: ['Revoke'],
    };
    const LEGAL = [
      'registered->active',
      'registered->revoked',
      'active->suspended',
      'active->revoked',
      'suspended->active',
      'suspended->revoked',
    ];

    async function deviceIn(status: DeviceStatus): Promise<void> {
      await register(registration('a'));
      for (const call of WAYS[status])
        await channel.submit(admin, `DeviceContract:${call}`, 'a', 'on the way');
      expect((await get('a')).status).to.equal(status);
    }

    for (const from of DEVICE_STATUSES) {
      for (const [call, to] of CALLS) {
        if (LEGAL.includes(`${from}->${to}`)) {
          it(`${call} brings a ${from} device to ${to}, and says who, why, when and where`, async () => {
            await deviceIn(from);
            const before = await get('a');
            const change = await channel.submit(admin, `DeviceContract:${call}`, 'a', '  because  ');
            const after = deviceSchema.parse(change.result);
            expect(after).to.deep.equal({
              ...before,
              status: to,
              reason: 'because',
              by: 'admin@manufacturer',
              updatedAt: after.updatedAt,
              transaction: change.transaction,
            });
            expect(after.updatedAt > before.updatedAt).to.equal(true);
            expect(change.event).to.deep.equal({ name: 'devices', payload: { devices: [after] } });
            expect(await get('a')).to.deep.equal(after);
          });
        } else {
          it(`${call} is refused for a ${from} device`, async () => {
            await deviceIn(from);
            const { code } = await channel.refusal(admin, `DeviceContract:${call}`, 'a', 'because');
            expect(code).to.equal('TRANSITION_ILLEGAL');
          });
        }
      }
    }

    it('never changes without a reason', async () => {
      await deviceIn('active');
      for (const reason of ['', '   ', 'x'.repeat(501)]) {
        const { code } = await channel.refusal(admin, 'DeviceContract:Revoke', 'a', reason);
        expect(code).to.equal('INVALID_ARGUMENT');
      }
    });

    it('of an unknown device cannot change', async () => {
      for (const [call] of CALLS) {
        const { code } = await channel.refusal(admin, `DeviceContract:${call}`, 'nobody', 'because');
        expect(code).to.equal('DEVICE_UNKNOWN');
      }
    });

    it('RotateKey changes the key and nothing else of a device that is not revoked', async () => {
      await deviceIn('suspended');
      const before = await get('a');
      const publicKey = newPublicKey();
      const change = await channel.submit(admin, 'DeviceContract:RotateKey', 'a', publicKey);
      const after = deviceSchema.parse(change.result);
      expect(after.keyFingerprint).to.not.equal(before.keyFingerprint);
      expect(after).to.deep.equal({
        ...before,
        publicKey,
        keyFingerprint: after.keyFingerprint,
        reason: 'key rotated',
        updatedAt: after.updatedAt,
        transaction: change.transaction,
      });
      expect(change.event).to.deep.equal({ name: 'devices', payload: { devices: [after] } });
    });

    it('RotateKey is refused for a revoked device', async () => {
      await deviceIn('revoked');
      const { code } = await channel.refusal(admin, 'DeviceContract:RotateKey', 'a', newPublicKey());
      expect(code).to.equal('TRANSITION_ILLEGAL');
    });
  });

  describe('reading', () => {
    it('Get tells an unknown device from an impossible id', async () => {
      expect((await channel.refusal(admin, 'DeviceContract:Get', 'nobody')).code).to.equal('DEVICE_UNKNOWN');
      expect((await channel.refusal(admin, 'DeviceContract:Get', '../etc')).code).to.equal(
        'INVALID_ARGUMENT',
      );
    });

    it('List gives every device once, ordered by id, whatever the size of the page', async () => {
      const publicKey = newPublicKey();
      const ids = ['a', 'a-1', 'a.1', 'a1', 'ab', 'b', 'b0', 'z', 'z9'];
      await register(...ids.toReversed().map((id) => registration(id, { publicKey })));
      for (const size of [1, 2, 4, 8, 9, 10]) {
        const seen: string[] = [];
        let bookmark = '';
        do {
          const answer = await channel.evaluate(admin, 'DeviceContract:List', String(size), bookmark);
          const page = devicePageSchema.parse(answer);
          expect(page.devices.length).to.be.within(1, size);
          seen.push(...page.devices.map(({ id }) => id));
          ({ bookmark } = page);
        } while (bookmark !== '');
        expect(seen, `pages of ${size}`).to.deep.equal(ids);
      }
    });

    it('List of an empty registry is one empty page', async () => {
      const page = await channel.evaluate(admin, 'DeviceContract:List', '10', '');
      expect(page).to.deep.equal({ devices: [], bookmark: '' });
    });

    it('List takes no page size or bookmark that it did not give', async () => {
      for (const size of ['0', '1001', '-1', '1.5', '1e2', '0x10', ' 5', '', 'NaN', '05']) {
        const { code } = await channel.refusal(admin, 'DeviceContract:List', size, '');
        expect(code, size).to.equal('INVALID_ARGUMENT');
      }
      for (const bookmark of ['\u0000device\u0000a\u0000', '\u0000', ' ', 'A']) {
        const { code } = await channel.refusal(admin, 'DeviceContract:List', '10', bookmark);
        expect(code, JSON.stringify(bookmark)).to.equal('INVALID_ARGUMENT');
      }
    });

    it('List shows devices and no other record of the channel', async () => {
      await register(registration('a'));
      channel.state.commit(
        {
          reads: new Map(),
          writes: new Map([
            ['\u0000devicf\u0000a\u0000', Buffer.from('{}')],
            ['\u0000devicd\u0000a\u0000', Buffer.from('{}')],
            ['plain', Buffer.from('{}')],
          ]),
        },
        { transaction: 'x', timestamp: new Date() },
      );
      const answer = await channel.evaluate(admin, 'DeviceContract:List', '10', '');
      expect(devicePageSchema.parse(answer).devices.map(({ id }) => id)).to.deep.equal(['a']);
    });

    it('History gives each change with its transaction, newest first', async () => {
      const transactions = [(await register(registration('a'))).transaction];
      await register(registration('a-other'));
      for (let round = 0; round < 51; round += 1) {
        for (const call of ['Activate', 'Suspend']) {
          const change = await channel.submit(admin, `DeviceContract:${call}`, 'a', `round ${round}`);
          transactions.push(change.transaction);
        }
      }
      const answer = await channel.evaluate(admin, 'DeviceContract:History', 'a');
      const changes = z.array(deviceChangeSchema).parse(answer);
      expect(changes.map(({ transaction }) => transaction)).to.deep.equal(transactions.toReversed());
      expect(changes.map(({ device }) => device.transaction)).to.deep.equal(transactions.toReversed());
      expect(changes[0]?.device).to.deep.equal(await get('a'));
      expect(changes.at(-1)?.device.status).to.equal('registered');
      for (const { timestamp, device } of changes) expect(timestamp).to.equal(device.updatedAt);
    });

    it('History of an unknown device is refused', async () => {
      expect((await channel.refusal(admin, 'DeviceContract:History', 'a')).code).to.equal('DEVICE_UNKNOWN');
    });
  });

  describe('failures', () => {
    it('answers INTERNAL, and nothing of the state, when the state is damaged', async () => {
      channel.state.commit(
        { reads: new Map(), writes: new Map([['\u0000device\u0000a\u0000', Buffer.from('secret')]]) },
        { transaction: 'x', timestamp: new Date() },
      );
      const refused = await channel.refusal(admin, 'DeviceContract:Get', 'a');
      expect(refused.code).to.equal('INTERNAL');
      expect(refused.message).to.not.contain('secret');
    });

    it('answers a coded refusal to a transaction that does not exist', async () => {
      const { code } = await channel.refusal(admin, 'DeviceContract:Delete', 'a');
      expect(code).to.equal('INVALID_ARGUMENT');
    });

    it('offers no method of its base class', async () => {
      for (const name of ['aroundTransaction', 'createContext', 'constructor', 'getName']) {
        const { code } = await channel.refusal(admin, `DeviceContract:${name}`);
        expect(code, name).to.equal('INVALID_ARGUMENT');
      }
    });
  });
});
