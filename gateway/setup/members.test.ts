import { createPublicKey } from 'node:crypto';

import { expect } from 'chai';

import { issueCertificate } from '../../network/pki/authority.ts';
import { publicKeyDer } from '../../network/pki/keys.ts';
import { matchesPassword } from '../auth/passwords.ts';
import { openKey } from '../auth/sealed-key.ts';
import { memberOf, testConsortium } from '../testing/members.ts';
import {
  choseAnotherPassword,
  ensureMember,
  type NewMember,
  putMember,
  renewCertificate,
} from './members.ts';

/** The table `members` as far as its three statements go. */
class MembersTable {
  readonly rows = new Map<string, Record<'password_hash' | 'certificate' | 'sealed_key', string>>();
  reads = 0;
  writes = 0;

  query = (sql: string, values: readonly unknown[] = []): Promise<unknown> => {
    const texts = values.map(String);
    if (sql.startsWith('SELECT')) {
      this.reads += 1;
      return Promise.resolve([this.rows.get(texts[0] ?? '')].filter((row) => row !== undefined));
    }
    this.writes += 1;
    if (sql.startsWith('UPDATE')) this.#update(texts);
    else this.#put(texts);
    return Promise.resolve({ affectedRows: 1, insertId: 0n });
  };

  #put([name = '', , , password_hash = '', certificate = '', sealed_key = '']: string[]): void {
    this.rows.set(name, { password_hash, certificate, sealed_key });
  }

  #update([certificate = '', name = '']: string[]): void {
    this.rows.get(name)!.certificate = certificate;
  }
}

describe('seeing to it that members can sign in', () => {
  let member: NewMember;
  let other: NewMember;
  let table: MembersTable;
  /** A further certificate for the same key. */
  let renewed: string;
  before(async () => {
    const { operator } = await testConsortium();
    member = { ...(await memberOf(operator, 'admin@operator', 'admin')), org: 'OperatorMSP' };
    other = { ...(await memberOf(operator, 'admin@operator', 'admin')), org: 'OperatorMSP' };
    renewed = await issueCertificate(operator, {
      commonName: member.name,
      publicKey: publicKeyDer(createPublicKey(member.certificate)),
      days: 60,
    });
  });
  beforeEach(() => {
    table = new MembersTable();
  });
  const row = () => table.rows.get(member.name)!;

  it('stores what opens with the password, and neither password nor key', async () => {
    expect(await ensureMember(table, member)).to.equal(true);
    expect(await matchesPassword(row().password_hash, member.password)).to.equal(true);
    expect(await openKey(member.name, row().sealed_key, member.password)).to.equal(member.privateKey);
    const stored = JSON.stringify(row());
    expect(stored).to.not.include(member.password);
    expect(stored).to.not.include('PRIVATE KEY');
  });

  it('writes again only what has changed', async () => {
    await ensureMember(table, member);
    await ensureMember(table, member);
    expect(table.writes).to.equal(1);
    await ensureMember(table, { ...other, password: member.password });
    expect(await openKey(member.name, row().sealed_key, member.password)).to.equal(other.privateKey);
    row().sealed_key = 'broken';
    await ensureMember(table, other);
    expect(table.writes).to.equal(3);
  });

  it('leaves alone who has chosen another password', async () => {
    await putMember(table, { ...member, password: 'chosen by the person' });
    const chosen = { ...row() };
    for (const again of [member, other]) expect(await ensureMember(table, again)).to.equal(false);
    expect(row()).to.deep.equal(chosen);
    expect(await choseAnotherPassword(table, member)).to.equal(true);
    expect(await choseAnotherPassword(table, { ...member, password: 'chosen by the person' })).to.equal(
      false,
    );
    expect(await choseAnotherPassword(table, { ...member, name: 'not.yet@operator' })).to.equal(false);
  });

  it('does not write hash and key again for a renewed certificate: they may be changing', async () => {
    await ensureMember(table, member);
    const { password_hash, sealed_key } = row();
    await ensureMember(table, { ...member, certificate: renewed });
    expect(row()).to.deep.equal({ certificate: renewed, password_hash, sealed_key });
    expect(table.reads, 'once a call').to.equal(2);
  });

  it('renews a certificate for the sealed key, and for no other', async () => {
    await ensureMember(table, member);
    const { sealed_key } = row();
    await renewCertificate(table, other);
    expect(row()).to.include({ certificate: member.certificate });
    await renewCertificate(table, { name: member.name, certificate: renewed });
    expect(row()).to.include({ certificate: renewed, sealed_key });
    await renewCertificate(table, { name: 'nobody@operator', certificate: renewed });
    expect([...table.rows.keys()]).to.deep.equal([member.name]);
  });
});
