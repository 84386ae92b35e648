import { expect } from 'chai';
import { ClientIdentity } from 'fabric-shim';
import { X509Certificate } from 'node:crypto';
import { readAttributes } from './attributes.ts';
import {
  type Authority,
  type CertificateRequest,
  certificatePem,
  createAuthority,
  issueCertificate,
  readAuthority,
} from './authority.ts';
import { generateKeyPair, privateKeyPem, publicKeyDer } from './keys.ts';

describe('certificate authority', () => {
  let authority: Authority;

  before(async () => {
    authority = await createAuthority('ca.test');
  });

  function issue(request: Partial<CertificateRequest> = {}): Promise<string> {
    const publicKey = publicKeyDer(generateKeyPair().publicKey);
    return issueCertificate(authority, { commonName: 'press-07', publicKey, days: 30, ...request });
  }

  it('issues certificates that verify against its own, for the key they were asked for', async () => {
    const keys = generateKeyPair();
    const certificate = new X509Certificate(await issue({ publicKey: publicKeyDer(keys.publicKey) }));
    const issuer = new X509Certificate(certificatePem(authority.certificate));
    expect(issuer.ca).to.equal(true);
    expect(certificate.ca).to.equal(false);
    expect(certificate.checkIssued(issuer)).to.equal(true);
    expect(certificate.verify(issuer.publicKey)).to.equal(true);
    expect(certificate.checkPrivateKey(keys.privateKey)).to.equal(true);
  });

  it('goes on after it was written to files and read again', async () => {
    authority = readAuthority(
      certificatePem(authority.certificate),
      privateKeyPem(authority.keys.privateKey),
    );
    const certificate = new X509Certificate(await issue());
    expect(certificate.verify(new X509Certificate(certificatePem(authority.certificate)).publicKey)).to.equal(
      true,
    );
  });

  it("writes attributes as Fabric's contracts read them", async () => {
    const pem = await issue({
      commonName: 'auditor@auditor',
      organizationalUnit: 'client',
      attributes: { 'biot.role': 'auditor' },
    });
    const creator = { mspid: 'AuditorMSP', idBytes: Buffer.from(pem) };
    const identity = new ClientIdentity({
      getCreator: () => creator,
      getChannelID: () => 'registry',
      getTxID: () => 'tx',
    } as never);
    expect(identity.getAttributeValue('biot.role')).to.equal('auditor');
    expect(identity.getID()).to.contain('CN=auditor@auditor');
    expect(readAttributes(pem)).to.deep.equal({ 'biot.role': 'auditor' });
    expect(readAttributes(await issue())).to.deep.equal({});
  });

  it('does not let a name bring in a unit or a second name', async () => {
    const name = 'x, OU=admin+CN=admin';
    const { subject } = new X509Certificate(await issue({ commonName: name, organizationalUnit: 'client' }));
    const units = subject.split('\n').filter((line) => line.startsWith('OU='));
    expect(units).to.deep.equal(['OU=client']);
    expect(subject).to.contain('CN=x');
  });

  it('names the hosts of a server', async () => {
    const certificate = new X509Certificate(
      await issue({ usages: ['server'], hosts: ['127.0.0.1', 'localhost'] }),
    );
    expect(certificate.checkIP('127.0.0.1')).to.equal('127.0.0.1');
    expect(certificate.checkHost('localhost')).to.equal('localhost');
    expect(certificate.checkHost('example.org')).to.equal(undefined);
    expect(certificate.keyUsage).to.deep.equal(['1.3.6.1.5.5.7.3.1']);
  });

  it('gives no certificate a longer life than its own', async () => {
    const certificate = new X509Certificate(await issue({ days: 36_500 }));
    const issuer = new X509Certificate(certificatePem(authority.certificate));
    expect(certificate.validToDate.getTime()).to.equal(issuer.validToDate.getTime());
    expect(certificate.validFromDate.getTime()).to.be.at.least(issuer.validFromDate.getTime());
  });

  it('gives each certificate its own serial number', async () => {
    const serials = await Promise.all(
      [issue(), issue(), issue()].map(async (pem) => new X509Certificate(await pem).serialNumber),
    );
    expect(new Set(serials).size).to.equal(3);
  });
});
