import { createHash, generateKeyPairSync } from 'node:crypto';

import { expect } from 'chai';
import { z } from 'zod';

import { deviceSchema } from '../../chaincode/protocol/device.ts';

import { DeviceRegistry } from './harness/device-registry.ts';
import { enrolRole } from './harness/members.ts';
import { newPublicKey, publicKeyPem, registration } from './harness/samples.ts';

describe("DeviceContract's public keys", () => {
  let registry: DeviceRegistry;

  beforeEach(async () => {
    registry = await DeviceRegistry.open();
  });

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
      expect(await registry.refusal('Register', JSON.stringify([registration('a', { publicKey })]))).to.equal(
        'KEY_INVALID',
      );
      await registry.register(registration('a'));
      expect(await registry.refusal('RotateKey', 'a', publicKey, '')).to.equal('KEY_INVALID');
    });
  }

  it('names the device whose key it is, of several', async () => {
    const several = [
      registration('good'),
      registration('bad', { publicKey: 'none' }),
      registration('better'),
    ];
    const register = 'DeviceContract:Register';
    const { message } = await registry.channel.refusal(registry.admin, register, JSON.stringify(several));
    expect(message).to.match(/^bad: expected a P-256 public key/);
  });

  const plain = publicKeyPem(p256.publicKey);
  const fingerprint = createHash('sha256').update(der).digest('hex');

  for (const [way, publicKey] of Object.entries({
    'as OpenSSL does': plain,
    'without an end of the last line': plain.trimEnd(),
    'with ends of lines as on Windows': plain.replaceAll('\n', '\r\n'),
    'on one line': pem(der),
  })) {
    it(`keeps a key that is written ${way} as every other way of writing it`, async () => {
      await registry.register(registration('a', { publicKey }));
      expect(await registry.get('a')).to.include({ publicKey: plain, keyFingerprint: fingerprint });
      await registry.submit('Activate', 'a', 'deployed');
      await registry.register(registration('b', { publicKey: plain }));
      expect(await registry.refusal('Activate', 'b', 'a twin')).to.equal('KEY_TAKEN');
    });
  }

  it('gives a key to the device that is active with it first: to no other, by no way, also when it is retired', async () => {
    const publicKey = newPublicKey();
    await registry.register(registration('a', { publicKey }), registration('b'));
    const operator = await enrolRole('operator', 'admin');
    const twin = JSON.stringify([registration('c', { publicKey })]);
    await registry.channel.submit(operator, 'DeviceContract:Register', twin);
    await registry.submit('Activate', 'a', 'deployed');
    await registry.submit('Activate', 'b', 'deployed');
    const refusedEverywhere = async (): Promise<void> => {
      const { code } = await registry.channel.refusal(operator, 'DeviceContract:Activate', 'c', 'a twin');
      expect(code).to.equal('KEY_TAKEN');
      expect(await registry.refusal('RotateKey', 'b', publicKey, '')).to.equal('KEY_TAKEN');
      expect(await registry.refusal('Reprovision', 'b', publicKey, 'wiped')).to.equal('KEY_TAKEN');
    };
    await refusedEverywhere();
    await registry.submit('RotateKey', 'a', newPublicKey(), '');
    await refusedEverywhere();
    await registry.submit('Suspend', 'a', 'lost');
    await registry.submit('Activate', 'a', 'found');
    await registry.submit('Revoke', 'a', 'stolen');
    await refusedEverywhere();
  });

  it('is nobody’s while its devices were never active, be they revoked', async () => {
    const publicKey = newPublicKey();
    await registry.register(registration('a', { publicKey }));
    await registry.register(registration('b', { publicKey }));
    await registry.submit('Revoke', 'a', 'in the way of b');
    await registry.submit('Activate', 'b', 'deployed');
    expect(await registry.get('b')).to.include({ status: 'active', publicKey });
  });

  it('refuses a key that stands twice in one call', async () => {
    const publicKey = newPublicKey();
    const twins = ['a', 'b'].map((id) => registration(id, { publicKey }));
    expect(await registry.refusal('Register', JSON.stringify(twins))).to.equal('KEY_TAKEN');
  });

  it('lets one of two that become active with a key at once win', async () => {
    const publicKey = newPublicKey();
    for (const id of ['a', 'b']) await registry.register(registration(id, { publicKey }));
    const calls = ['a', 'b'].map((id) =>
      registry.channel.prepare(registry.admin, 'DeviceContract:Activate', id, 'deployed'),
    );
    const endorsements = await Promise.all(calls.map((call) => registry.channel.endorse(call)));
    const valid = calls.map((call, index) => registry.channel.commit(call, endorsements[index]!));
    expect(valid).to.deep.equal([true, false]);
  });

  it('says which keys are taken, and not by whom', async () => {
    await registry.register(registration('a', { publicKey: plain }));
    const free = '0'.repeat(64);
    expect(await registry.evaluate('TakenKeys', JSON.stringify([fingerprint]))).to.deep.equal([]);
    await registry.submit('Activate', 'a', 'deployed');
    expect(await registry.evaluate('TakenKeys', JSON.stringify([free, fingerprint]))).to.deep.equal([
      fingerprint,
    ]);
    await registry.submit('RotateKey', 'a', newPublicKey(), '');
    expect(await registry.evaluate('TakenKeys', JSON.stringify([fingerprint]))).to.deep.equal([fingerprint]);
    for (const text of ['[]', '["a"]', '{}', JSON.stringify(Array(1_001).fill(free))])
      expect(await registry.refusal('TakenKeys', text)).to.equal('INVALID_ARGUMENT');
  });

  it('finds the taken keys among many that begin alike, and no others', async () => {
    const devices = Array.from({ length: 200 }, (_, index) => registration(`d-${index}`));
    const { result } = await registry.register(...devices);
    for (const { id } of devices) await registry.submit('Activate', id, 'deployed');
    const fingerprints = z
      .array(deviceSchema)
      .parse(result)
      .map((device) => device.keyFingerprint);
    const near = fingerprints.flatMap((text) => [
      text,
      `${text.slice(0, -1)}${text.endsWith('0') ? '1' : '0'}`,
    ]);
    // As many of one beginning as there are, so that all of them are read at once.
    const further = Array.from({ length: 40 }, (_, index) => `${near[0]!.slice(0, 62)}${10 + index}`);
    const alike = [...new Set([...near, ...further])];
    const taken = z.array(z.string()).parse(await registry.evaluate('TakenKeys', JSON.stringify(alike)));
    expect(taken).to.have.members(fingerprints);
  });
});
