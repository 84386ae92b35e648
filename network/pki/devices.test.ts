import { expect } from 'chai';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { type Authority, createAuthority } from './authority.ts';
import { issueDeviceCertificate } from './devices.ts';
import { generateKeyPair } from './keys.ts';
import { createRevocationList } from './revocation-list.ts';
import { X509Certificate as Certificate, X509Crl } from './x509.ts';

describe('device certificates', () => {
  let authority: Authority;

  before(async () => {
    authority = await createAuthority('BIoT-DM devices');
  });

  it('name the device, and are for clients alone', async () => {
    const { publicKey } = generateKeyPair();
    const certificate = new X509Certificate(await issueDeviceCertificate(authority, 'press-07', publicKey));
    expect(certificate.subject).to.equal('CN=press-07');
    expect(certificate.keyUsage).to.deep.equal(['1.3.6.1.5.5.7.3.2']);
    expect(certificate.publicKey.equals(publicKey)).to.equal(true);
  });

  it('are not issued for keys of another kind', () => {
    for (const { publicKey } of [
      generateKeyPairSync('ec', { namedCurve: 'P-384' }),
      generateKeyPairSync('ed25519'),
    ]) {
      expect(() => issueDeviceCertificate(authority, 'press-07', publicKey))
        .to.throw('P-256')
        .with.property('code', 'KEY_INVALID');
    }
  });

  it('can be taken back', async () => {
    const [revoked, other] = await Promise.all(
      ['a', 'b'].map(async (id) => {
        const { publicKey } = generateKeyPair();
        return new Certificate(await issueDeviceCertificate(authority, id, publicKey));
      }),
    );
    const list = new X509Crl(await createRevocationList(authority, [revoked!.serialNumber]));
    expect(await list.verify({ publicKey: authority.certificate })).to.equal(true);
    expect(list.findRevoked(revoked!)).not.to.equal(null);
    expect(list.findRevoked(other!)).to.equal(null);
    expect(list.nextUpdate!.getTime()).to.be.greaterThan(Date.now());
  });
});
