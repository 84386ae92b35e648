import { expect } from 'chai';

import { matchesPassword } from '../auth/passwords.ts';
import { openKey } from '../auth/sealed-key.ts';
import { memberOf, testConsortium } from '../testing/members.ts';
import { createMembers, type NewMember } from './members.ts';

/** The table `members` as far as its two statements go. */
class MembersTable {
  readonly rows = new Map<string, Record<'password_hash' | 'certificate' | 'sealed_key', string>>();

  query = (sql: string, values: readonly unknown[] = []): Promise<unknown> => {
    const [name = '', , , password_hash = '', certificate = '', sealed_key = ''] = values.map(String);
    if (sql.startsWith('SELECT'))
      return Promise.resolve([this.rows.get(name)].filter((row) => row !== undefined));
    this.rows.set(name, { password_hash, certificate, sealed_key });
    return Promise.resolve({ affectedRows: 1, insertId: 0n });
  };
}

describe('creating members', () => {
  let member: NewMember;
  before(async () => {
    const { operator } = await testConsortium();
    member = { ...(await memberOf(operator, 'admin@operator', 'admin')), org: 'OperatorMSP' };
  });

  it('stores what opens with the password, and neither password nor key', async () => {
    const table = new MembersTable();
    expect(await createMembers(table, [member])).to.deep.equal(['admin@operator']);
    const row = table.rows.get('admin@operator')!;
    expect(await matchesPassword(row.password_hash, member.password)).to.equal(true);
    expect(await openKey(member.name, row.sealed_key, member.password)).to.equal(member.privateKey);
    const stored = JSON.stringify(row);
    expect(stored).to.not.include(member.password);
    expect(stored).to.not.include('PRIVATE KEY');
  });

  it('writes again only what has changed', async () => {
    const table = new MembersTable();
    await createMembers(table, [member]);
    expect(await createMembers(table, [member])).to.deep.equal([]);
    expect(await createMembers(table, [{ ...member, password: 'another' }])).to.deep.equal([
      'admin@operator',
    ]);
    table.rows.get('admin@operator')!.sealed_key = 'broken';
    expect(await createMembers(table, [{ ...member, password: 'another' }])).to.deep.equal([
      'admin@operator',
    ]);
  });
});
