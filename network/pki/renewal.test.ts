import { expect } from 'chai';
import { X509Certificate } from 'node:crypto';
import { readAttributes } from './attributes.ts';
import { type Authority, certificatePem, createAuthority, issueCertificate } from './authority.ts';
import { generateKeyPair, publicKeyDer } from './keys.ts';
import { renewCertificate } from './renewal.ts';

describe('renewal of a certificate', () => {
  let authority: Authority;
  let old: string;

  before(async () => {
    authority = await createAuthority('ca.test');
    old = await issueCertificate(authority, {
      commonName: 'admin@operator',
      organizationalUnit: 'client',
      publicKey: publicKeyDer(generateKeyPair().publicKey),
      usages: ['server', 'client'],
      hosts: ['127.0.0.1', 'localhost'],
      attributes: { 'biot.role': 'admin' },
      days: 10,
    });
  });

  it('keeps name, key, hosts, usages and role, under another serial number', async () => {
    const before = new X509Certificate(old);
    const renewed = await renewCertificate(authority, old);
    const after = new X509Certificate(renewed);
    expect(after.subject).to.equal(before.subject);
    expect(after.subjectAltName).to.equal(before.subjectAltName);
    expect(after.keyUsage).to.deep.equal(before.keyUsage);
    expect(after.publicKey.equals(before.publicKey)).to.equal(true);
    expect(readAttributes(renewed)).to.deep.equal({ 'biot.role': 'admin' });
    expect(after.serialNumber).to.not.equal(before.serialNumber);
    expect(after.verify(new X509Certificate(certificatePem(authority.certificate)).publicKey)).to.equal(true);
  });

  it('lasts as long again, and does not shorten or lengthen with each time', async () => {
    const days = ({ validFromDate, validToDate }: X509Certificate): number =>
      Math.round((validToDate.getTime() - validFromDate.getTime()) / 86_400_000);
    const once = await renewCertificate(authority, old);
    const twice = await renewCertificate(authority, once);
    expect([once, twice].map((pem) => days(new X509Certificate(pem)))).to.deep.equal([10, 10]);
  });
});
