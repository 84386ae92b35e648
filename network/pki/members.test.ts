import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { expect } from 'chai';

import { organisationCrypto } from '../fabric/crypto-paths.ts';
import type { Home } from '../home/home.ts';
import { portsFrom } from '../home/ports.ts';
import { type Authority, certificatePem, createAuthority } from './authority.ts';
import { issuedTo } from './issued.ts';
import { generateKeyPair, privateKeyPem } from './keys.ts';
import { certifyMember, statedBy } from './members.ts';

describe('members with keys of their own', () => {
  let home: Home;
  let authority: Authority;
  const alice: Parameters<typeof certifyMember>[1] = {
    name: 'alice@operator',
    organisation: 'operator',
    role: 'operator',
    tenants: ['acme'],
  };

  before(async () => {
    const root = mkdtempSync(join(tmpdir(), 'biot-members-'));
    home = { root, ports: portsFrom(9000), path: (...segments) => join(root, ...segments) };
    authority = await createAuthority('ca.operator');
    const files = organisationCrypto(home, 'operator').authority;
    mkdirSync(dirname(files.keyFile), { recursive: true });
    writeFileSync(files.keyFile, privateKeyPem(authority.keys.privateKey));
    writeFileSync(files.certificateFile, certificatePem(authority.certificate));
  });

  after(() => {
    rmSync(home.root, { recursive: true });
  });

  it('are certified by their organisation for that key, with role and tenants', async () => {
    const { publicKey, privateKey } = generateKeyPair();
    const { certificate, notAfter } = await certifyMember(home, alice, publicKey);
    const read = new X509Certificate(certificate);
    expect(read.checkPrivateKey(privateKey)).to.equal(true);
    expect(read.verify(authority.keys.publicKey)).to.equal(true);
    expect(read.subject).to.equal('OU=client\nCN=alice@operator');
    expect(statedBy(certificate)).to.deep.equal({ role: 'operator', tenants: ['acme'], notAfter });
  });

  it('are remembered with each key that they had', async () => {
    const bob = { ...alice, name: 'bob@operator' };
    const { publicKey } = generateKeyPair();
    await certifyMember(home, bob, publicKey);
    const again = await certifyMember(home, { ...bob, tenants: ['beta'] }, publicKey);
    const other = await certifyMember(home, bob, generateKeyPair().publicKey);
    expect(issuedTo(home, 'bob@operator')).to.have.members([again.certificate, other.certificate]);
    expect(issuedTo(home, 'carol@operator')).to.deep.equal([]);
  });

  it('share none: to revoke one would be to revoke the other', async () => {
    const { publicKey } = generateKeyPair();
    await certifyMember(home, alice, publicKey);
    const refused = await certifyMember(home, { ...alice, name: 'mallory@operator' }, publicKey).catch(
      (error: unknown) => error,
    );
    expect(refused).to.have.property('code', 'KEY_TAKEN');
    expect(issuedTo(home, 'mallory@operator')).to.deep.equal([]);
  });

  it('are not certified where the authority’s key is not', async () => {
    const refused = await certifyMember(
      home,
      { ...alice, organisation: 'auditor' },
      generateKeyPair().publicKey,
    ).catch((error: unknown) => error);
    expect(refused).to.have.property('code', 'NOT_SET_UP');
  });
});
