import { webcrypto } from 'node:crypto';

import { expect } from 'chai';
import { certificateRequestSchema, readCertificateRequest } from './certificate-request.ts';
import { generateKeyPair, publicKeyPem } from './keys.ts';
import { requestFor } from './testing/requests.ts';
import { PemConverter, Pkcs10CertificateRequestGenerator } from './x509.ts';

async function refusal(request: string): Promise<unknown> {
  try {
    await readCertificateRequest(request);
    return 'read';
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
}

function derOf(pem: string): Buffer {
  return Buffer.from(PemConverter.decodeFirst(pem));
}

function pemOf(der: Buffer): string {
  return `${PemConverter.encode(der, 'CERTIFICATE REQUEST')}\n`;
}

describe('certificate requests', () => {
  it('say name and key, when they are signed with it', async () => {
    const keys = generateKeyPair();
    const proven = await readCertificateRequest(await requestFor('press-07', { keys }));
    expect(proven.commonName).to.equal('press-07');
    expect(proven.publicKey).to.equal(publicKeyPem(keys.publicKey));
    expect(proven.keyFingerprint).to.match(/^[0-9a-f]{64}$/);
    expect((await readCertificateRequest(await requestFor(undefined, { keys }))).commonName).to.equal(
      undefined,
    );
  });

  it('prove nothing with the signature of another key', async () => {
    const thief = generateKeyPair();
    const { publicKey } = generateKeyPair();
    const forged = await requestFor('press-07', { keys: { privateKey: thief.privateKey, publicKey } });
    expect(await refusal(forged)).to.equal('KEY_INVALID');
  });

  it('prove nothing when a single bit was changed', async () => {
    const der = derOf(await requestFor('press-07'));
    for (const at of [4, 20, 60, 100, der.length - 10]) {
      const changed = Buffer.from(der);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      expect(await refusal(pemOf(changed)), `byte ${at}`).to.equal('KEY_INVALID');
    }
    expect(await refusal(pemOf(der.subarray(0, -1)))).to.equal('KEY_INVALID');
  });

  const foreign = {
    'of the curve P-384': { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-256' },
    'of Ed25519': { name: 'Ed25519' },
    'of weak RSA': {
      name: 'RSASSA-PKCS1-v1_5',
      modulusLength: 1024,
      publicExponent: Uint8Array.of(1, 0, 1),
      hash: 'SHA-256',
    },
  };
  for (const [what, algorithm] of Object.entries(foreign)) {
    it(`are refused with a key ${what}`, async () => {
      const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
      if (!('privateKey' in keys)) throw new Error('not a pair');
      const request = await Pkcs10CertificateRequestGenerator.create({
        name: [{ CN: ['press-07'] }],
        keys,
        signingAlgorithm: algorithm,
      });
      expect(await refusal(`${request.toString('pem')}\n`)).to.equal('KEY_INVALID');
    });
  }

  it('are refused with a hash that can be forged', async () => {
    const forgeable = readCertificateRequest(await requestFor('press-07', { hash: 'SHA-1' }));
    const told: unknown = await forgeable.catch((error: unknown) => error);
    expect(told).to.have.property('code', 'KEY_INVALID');
    expect(String(told)).to.contain('signed with ECDSA over one of SHA-256, SHA-384, SHA-512');
    expect(await refusal(await requestFor('press-07', { hash: 'SHA-512' }))).to.equal('read');
  });

  it('are refused with a point off the curve', async () => {
    const keys = generateKeyPair();
    const der = derOf(await requestFor('press-07', { keys }));
    const point = keys.publicKey.export({ type: 'spki', format: 'der' }).subarray(27);
    const at = der.indexOf(point);
    expect(at).to.be.greaterThan(0);
    der.writeUInt8(der.readUInt8(at + 63) ^ 1, at + 63);
    expect(await refusal(pemOf(der))).to.equal('KEY_INVALID');
  });

  it('are refused with two names, of which readers could take either', async () => {
    expect(
      await refusal(await requestFor(undefined, { name: [{ CN: ['press-07'] }, { CN: ['press-08'] }] })),
    ).to.equal('KEY_INVALID');
  });

  it('are PEM, and nothing beside it', async () => {
    const pem = await requestFor('press-07');
    expect(certificateRequestSchema.safeParse(pem).success).to.equal(true);
    for (const text of [
      '',
      'no request at all',
      pem + pem,
      `x${pem}`,
      pem.replaceAll('CERTIFICATE REQUEST', 'CERTIFICATE'),
      pem.padEnd(5_000, '\n'),
      pem.replace('M', '\u0000'),
    ]) {
      expect(certificateRequestSchema.safeParse(text).success, text.slice(0, 20)).to.equal(false);
      expect(await refusal(text)).to.equal('KEY_INVALID');
    }
    expect(await refusal(pemOf(Buffer.from('3003020100', 'hex')))).to.equal('KEY_INVALID');
  });
});
