import { expect } from 'chai';
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { publicKeySchema } from '../../chaincode/protocol/device.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { readCredentials } from './credentials.ts';
import { ensureDeviceKey, keyFile, readDeviceKey } from './key.ts';

describe('device key', () => {
  let folder: string;

  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'biot-key-')), 'press-07');
  });

  afterEach(() => {
    rmSync(join(folder, '..'), { recursive: true });
  });

  function codeOf(attempt: () => unknown): string {
    try {
      attempt();
    } catch (error) {
      if (error instanceof BiotError) return error.code;
      throw error;
    }
    return 'none';
  }

  it('is made once, for its owner alone, and its public part is what the ledger takes', () => {
    const key = ensureDeviceKey(folder);
    expect(ensureDeviceKey(folder)).to.deep.equal(key);
    expect(publicKeySchema.parse(key.publicKey)).to.equal(key.publicKey);
    expect(statSync(keyFile(folder)).mode & 0o777).to.equal(0o600);
    expect(statSync(folder).mode & 0o777).to.equal(0o700);
    expect(readdirSync(folder)).to.deep.equal(['key.pem']);
    const signature = sign('sha256', Buffer.from('x'), createPrivateKey(key.privateKey));
    expect(verify('sha256', Buffer.from('x'), createPublicKey(key.publicKey), signature)).to.equal(true);
  });

  it('is refused when it is missing, damaged or on another curve', () => {
    expect(codeOf(() => readDeviceKey(folder))).to.equal('KEY_INVALID');
    expect(() => readDeviceKey(folder)).to.throw(`there is no key ${keyFile(folder)}`);
    ensureDeviceKey(folder);
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
    for (const content of ['', 'no key', privateKey.export({ type: 'pkcs8', format: 'pem' })]) {
      writeFileSync(keyFile(folder), content);
      expect(codeOf(() => ensureDeviceKey(folder))).to.equal('KEY_INVALID');
    }
  });

  it('comes with a certificate, or not at all', () => {
    ensureDeviceKey(folder);
    expect(codeOf(() => readCredentials(folder, 'press-07'))).to.equal('KEY_INVALID');
    writeFileSync(join(folder, 'cert.pem'), 'nothing');
    expect(codeOf(() => readCredentials(folder, 'press-07'))).to.equal('KEY_INVALID');
  });
});
