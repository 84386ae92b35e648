import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { codeOf } from '../../test/harness/failure.ts';
import { memberOf, testConsortium } from '../testing/members.ts';
import { subjectOf } from './member-certificate.ts';
import { hashPassword, matchesPassword } from './passwords.ts';
import { openKey, sealKey } from './sealed-key.ts';
import { makeTokenKey, readTokenKey } from './token-key.ts';

describe('passwords', () => {
  it('are hashed by argon2id with OWASP’s parameters, each with a salt of its own', async () => {
    const [one, other] = await Promise.all([hashPassword('secret'), hashPassword('secret')]);
    expect(one).to.match(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).to.not.equal(other);
    expect(await matchesPassword(one, 'secret')).to.equal(true);
    expect(await matchesPassword(one, 'Secret')).to.equal(false);
    expect(await matchesPassword('not a hash', 'secret')).to.equal(false);
  });
});

describe('a sealed key', () => {
  it('opens with the password, for its member alone', async () => {
    const sealed = await sealKey('a@b', 'the key', 'password');
    expect(sealed).to.not.include(Buffer.from('the key').toString('base64url'));
    expect(await openKey('a@b', sealed, 'password')).to.equal('the key');
    expect(await codeOf(openKey('a@b', sealed, 'Password'))).to.equal('STORE_CORRUPT');
    expect(await codeOf(openKey('c@b', sealed, 'password'))).to.equal('STORE_CORRUPT');
  });

  it('does not open when any part of it was changed', async () => {
    const sealed = await sealKey('a@b', 'the key', 'password');
    const parts = sealed.split('.');
    for (let index = 0; index < parts.length; index += 1) {
      const changed = parts.map((part, at) =>
        at === index ? `${part.startsWith('A') ? 'B' : 'A'}${part.slice(1)}` : part,
      );
      expect(await codeOf(openKey('a@b', changed.join('.'), 'password')), `part ${index}`).to.equal(
        'STORE_CORRUPT',
      );
    }
    for (const other of ['', '....', sealed.slice(0, -10), parts.slice(0, 4).join('.')])
      expect(await codeOf(openKey('a@b', other, 'password'))).to.equal('STORE_CORRUPT');
  });

  it('is another each time', async () => {
    expect(await sealKey('a@b', 'k', 'p')).to.not.equal(await sealKey('a@b', 'k', 'p'));
  });
});

describe('a member’s certificate', () => {
  it('says who a member is, when an organisation of the consortium signed it', async () => {
    const { operator, authorities } = await testConsortium();
    const member = await memberOf(operator, 'admin@operator', 'admin');
    expect(subjectOf(member, authorities, Date.now())).to.deep.equal({
      name: 'admin@operator',
      org: 'OperatorMSP',
      role: 'admin',
      tenants: '*',
      attributes: { 'biot.role': 'admin', 'biot.tenants': '*' },
    });
  });

  it('says whose devices a member may see', async () => {
    const { operator, authorities } = await testConsortium();
    for (const [written, tenants] of [
      ['acme,beta', ['acme', 'beta']],
      ['', []],
    ] as const) {
      const member = await memberOf(operator, 'admin@operator', 'admin', written);
      expect(subjectOf(member, authorities, Date.now()).tenants).to.deep.equal(tenants);
    }
  });

  it('is not believed otherwise', async () => {
    const { operator, manufacturer, auditor, authorities } = await testConsortium();
    const { operator: stranger } = await testConsortium();
    const good = await memberOf(operator, 'admin@operator', 'admin');
    const other = await memberOf(auditor, 'auditor@auditor', 'auditor');
    const year = 365 * 86_400_000;
    const cases: [string, Parameters<typeof subjectOf>[0], number][] = [
      ['of an unknown authority', await memberOf(stranger, 'admin@operator', 'admin'), 0],
      ['of another organisation', await memberOf(manufacturer, 'admin@operator', 'admin'), 0],
      ['of an unknown role', await memberOf(operator, 'admin@operator', 'emperor'), 0],
      ['of tenants that nobody can read', await memberOf(operator, 'admin@operator', 'admin', 'acme,'), 0],
      ['in another’s row', { ...good, name: 'root@operator' }, 0],
      ['with another’s key', { ...good, privateKey: other.privateKey }, 0],
      ['with no key', { ...good, privateKey: 'none' }, 0],
      ['no certificate', { ...good, certificate: 'none' }, 0],
      ['expired', good, year],
      ['of the future', good, -year],
    ];
    for (const [what, member, shift] of cases)
      expect(() => subjectOf(member, authorities, Date.now() + shift), what)
        .to.throw()
        .with.property('code', 'STORE_CORRUPT');
  });
});

describe('the token key', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'token-key-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('is made for the owner alone, and can be read again', async () => {
    const file = join(folder, 'key.json');
    await makeTokenKey(file);
    expect(statSync(file).mode & 0o777).to.equal(0o600);
    const { kid, privateKey, publicKey } = await readTokenKey(file);
    expect(readFileSync(file, 'utf8')).to.include(`"kid":"${kid}"`);
    expect([privateKey.type, publicKey.type]).to.deep.equal(['private', 'public']);
  });

  it('is refused when absent, readable by others, or no key', async () => {
    const file = join(folder, 'key.json');
    expect(await codeOf(readTokenKey(file))).to.equal('NOT_SET_UP');
    await makeTokenKey(file);
    chmodSync(file, 0o644);
    expect(await codeOf(readTokenKey(file))).to.equal('CONFIGURATION_INVALID');
    writeFileSync(file, '{"kty":"RSA"}');
    chmodSync(file, 0o600);
    expect(await codeOf(readTokenKey(file))).to.equal('CONFIGURATION_INVALID');
  });
});
