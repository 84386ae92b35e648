import { expect } from 'chai';
import fc from 'fast-check';
import { createPrivateKey, createPublicKey, generateKeyPairSync, verify, X509Certificate } from 'node:crypto';

import { pemBytes, readCertificate } from './certificate.ts';
import { elementsOf } from './der.ts';
import { readOwnKey, signWith } from './own-key.ts';
import { certifiedKey } from './testing/certified-key.ts';

async function refusal(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof Error ? error.message : 'it was not refused';
}

describe('a person’s own key in the browser', () => {
  let pem: string;
  let certificate: string;

  before(async () => {
    ({ key: pem, certificate } = await certifiedKey('olga@operator'));
  });

  it('signs as Fabric wants it, and cannot be read out', async () => {
    const key = await readOwnKey(pem, certificate);
    expect(key.name).to.equal('olga@operator');
    expect(key.certificate).to.equal(certificate);
    expect(key.privateKey.extractable).to.equal(false);
    expect(key.privateKey.usages).to.deep.equal(['sign']);
    const bytes = Buffer.from('a proposal');
    expect(verify('sha256', bytes, createPublicKey(certificate), await signWith(key, bytes))).to.equal(true);
  });

  it('is taken from files with text around them', async () => {
    const key = await readOwnKey(`a note\n${pem}`, `Subject: olga\n${certificate}\n\n`);
    expect(key.certificate).to.equal(certificate);
  });

  it('is refused in words when it cannot be used', async () => {
    const { key: other } = await certifiedKey('olga@operator');
    const privateKey = createPrivateKey(pem);
    const wide = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
    const sec1 = privateKey.export({ type: 'sec1', format: 'pem' }).toString();
    const encrypted = privateKey
      .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
      .toString();
    const attempts: [string, string, string][] = [
      [other, certificate, 'not that of the certificate'],
      [wide.export({ type: 'pkcs8', format: 'pem' }).toString(), certificate, 'not on the curve P-256'],
      [sec1, certificate, 'openssl pkcs8'],
      [encrypted, certificate, 'openssl pkcs8'],
      ['', certificate, 'openssl pkcs8'],
      [pem, pem, 'no single certificate'],
      [pem, `${certificate}${certificate}`, 'no single certificate'],
      [pem, '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----', 'cannot be read'],
    ];
    for (const [key, cert, message] of attempts)
      expect(await refusal(readOwnKey(key, cert)), message).to.include(message);
  });

  it('has the name and the key that others read in the certificate', () => {
    const parts = readCertificate(pemBytes(certificate, 'CERTIFICATE')!);
    const parsed = new X509Certificate(certificate);
    expect(parts.name).to.equal(/CN=(.*)/.exec(parsed.subject)?.[1]);
    expect(Buffer.from(parts.publicKey)).to.deep.equal(
      parsed.publicKey.export({ type: 'spki', format: 'der' }),
    );
  });

  it('does not stumble over anything that is no certificate', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        let elements: ReturnType<typeof elementsOf>;
        try {
          elements = elementsOf(bytes.slice());
        } catch (error) {
          expect(error).to.be.instanceOf(RangeError);
          return;
        }
        expect(Buffer.concat(elements.map(({ whole }) => whole))).to.deep.equal(Buffer.from(bytes));
      }),
    );
  });
});
