import { expect } from 'chai';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { type Authority, createAuthority } from '../../network/pki/authority.ts';
import { issueDeviceCertificate } from '../../network/pki/devices.ts';
import { certificateFile, readCredentials } from './credentials.ts';
import { type DeviceKey, ensureDeviceKey } from './key.ts';

describe("a device's credentials", () => {
  let authority: Authority;
  let folder: string;
  let key: DeviceKey;

  before(async () => {
    authority = await createAuthority('devices');
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'biot-credentials-'));
    key = ensureDeviceKey(folder);
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function refusalOf(device: string): string {
    try {
      readCredentials(folder, device);
    } catch (error) {
      expect(error).to.be.instanceOf(BiotError).and.include({ code: 'KEY_INVALID' });
      return String(error);
    }
    return 'none';
  }

  async function certify(device: string, publicKey = createPublicKey(key.publicKey)): Promise<string> {
    const certificate = await issueDeviceCertificate(authority, device, publicKey);
    writeFileSync(certificateFile(folder), certificate);
    return certificate;
  }

  it('are its key, and the certificate that was issued for it', async () => {
    const certificate = await certify('press-07');
    const credentials = readCredentials(folder, 'press-07');
    expect(credentials).to.include({ device: 'press-07', privateKey: key.privateKey });
    expect(credentials.certificate.trim()).to.equal(certificate.trim());
  });

  it('are refused when the certificate is for another key', async () => {
    await certify('press-07', generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey);
    expect(refusalOf('press-07')).to.include('another key');
  });

  it("are refused when the certificate bears another device's name, also one that begins alike", async () => {
    await certify('press-07');
    for (const device of ['press-08', 'press-0', 'press-077'])
      expect(refusalOf(device), device).to.include(`not issued to ${device}`);
  });

  it('are refused when the certificate is missing or none', () => {
    expect(refusalOf('press-07')).to.include('not a certificate');
    writeFileSync(certificateFile(folder), 'not PEM');
    expect(refusalOf('press-07')).to.include('not a certificate');
  });
});
