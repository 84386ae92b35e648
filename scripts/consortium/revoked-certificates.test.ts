import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { expect } from 'chai';

import { organisationCrypto } from '../../network/fabric/crypto-paths.ts';
import type { Home } from '../../network/home/home.ts';
import { portsFrom } from '../../network/home/ports.ts';
import {
  certificatePem,
  createAuthority,
  issueCertificate,
  serialNumberOf,
} from '../../network/pki/authority.ts';
import { credentialsIn, openAuthority } from '../../network/pki/credentials.ts';
import { generateKeyPair, privateKeyPem, publicKeyDer } from '../../network/pki/keys.ts';
import { certifyMember } from '../../network/pki/members.ts';
import { sha256, toHex } from '../../chaincode/protocol/hash.ts';
import { revokedSerials } from './revoked-certificates.ts';

describe('what revoke-member.sh takes back', () => {
  let home: Home;
  const organisation = 'operator';
  const file = (name: string): string => home.path(name);

  before(async () => {
    const root = mkdtempSync(join(tmpdir(), 'biot-revoked-'));
    home = { root, ports: portsFrom(9000), path: (...segments) => join(root, ...segments) };
    for (const name of ['operator', 'auditor']) {
      const authority = await createAuthority(`ca.${name}`);
      const files = organisationCrypto(home, name).authority;
      mkdirSync(dirname(files.keyFile), { recursive: true });
      writeFileSync(files.keyFile, privateKeyPem(authority.keys.privateKey));
      writeFileSync(files.certificateFile, certificatePem(authority.certificate));
    }
  });

  after(() => {
    rmSync(home.root, { recursive: true });
  });

  async function member(name: string, place?: string): Promise<string> {
    const { publicKey } = generateKeyPair();
    const whoever = { name, organisation: name.split('@')[1]!, role: 'admin', tenants: '*' } as const;
    const { certificate } = await certifyMember(home, whoever, publicKey);
    if (place !== undefined) {
      mkdirSync(dirname(place), { recursive: true });
      writeFileSync(place, certificate);
    }
    return serialNumberOf(toHex(sha256(publicKeyDer(publicKey))));
  }

  const refusal = (asked: { name?: string; file?: string }): unknown => {
    try {
      return revokedSerials(home, { organisation, name: asked.name, file: asked.file });
    } catch (error) {
      return error instanceof Error && 'code' in error ? error.code : error;
    }
  };

  it('is all that a member ever had, or the one certificate in a file', async () => {
    const first = await member('alice@operator', file('alice.pem'));
    const second = await member('alice@operator');
    await member('bob@operator');
    expect(revokedSerials(home, { organisation, name: 'alice', file: undefined })).to.have.members([
      first,
      second,
    ]);
    expect(revokedSerials(home, { organisation, name: undefined, file: file('alice.pem') })).to.deep.equal([
      first,
    ]);
  });

  it('is nothing of another organisation’s', async () => {
    await member('anna@auditor', file('anna.pem'));
    expect(refusal({ file: file('anna.pem') })).to.equal('INVALID_ARGUMENT');
    expect(refusal({ name: 'anna@auditor' })).to.equal('INVALID_ARGUMENT');
  });

  it('is nothing that the platform or the organisation’s servers act with', async () => {
    const gateway = 'gateway@operator';
    const { certificateFile } = credentialsIn(home.path('members', gateway));
    await member(gateway, certificateFile);
    expect(refusal({ name: 'gateway' })).to.equal('FORBIDDEN');
    expect(refusal({ file: certificateFile })).to.equal('FORBIDDEN');
    for (const name of ['admin@operator', 'operator@operator'])
      await member(name, credentialsIn(home.path('members', name)).certificateFile);
    expect(refusal({ name: 'admin' })).to.equal('FORBIDDEN');
    expect(refusal({ name: 'operator' })).to.have.length(1);
    const peer = await issueCertificate(openAuthority(organisationCrypto(home, organisation).authority), {
      commonName: 'peer.operator',
      organizationalUnit: 'peer',
      publicKey: publicKeyDer(generateKeyPair().publicKey),
      days: 1,
    });
    writeFileSync(file('peer.pem'), peer);
    expect(refusal({ file: file('peer.pem') })).to.equal('INVALID_ARGUMENT');
  });

  it('has to be said, once', () => {
    writeFileSync(file('nothing.pem'), 'nothing');
    expect(refusal({})).to.equal('INVALID_ARGUMENT');
    expect(refusal({ name: 'alice', file: file('alice.pem') })).to.equal('INVALID_ARGUMENT');
    expect(refusal({ file: file('nothing.pem') })).to.equal('INVALID_ARGUMENT');
    expect(refusal({ file: file('absent.pem') })).to.equal('INVALID_ARGUMENT');
    expect(refusal({ name: 'nobody' })).to.equal('NOT_FOUND');
  });
});
