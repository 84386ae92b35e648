import { expect } from 'chai';

import { type Authority, createAuthority } from './authority.ts';
import { createRevocationList, withRevoked } from './revocation-list.ts';
import { X509Crl } from './x509.ts';

const [ALICE, BOB, CAROL] = ['01a1', '01b0', '01ca'] as const;

describe('lists of revoked certificates', () => {
  let authority: Authority;
  let other: Buffer;

  before(async () => {
    authority = await createAuthority('ca.operator');
    other = Buffer.from(await createRevocationList(await createAuthority('ca.auditor'), [CAROL]));
  });

  const serials = (list: Buffer | undefined): string[] =>
    new X509Crl(list!).entries.map(({ serialNumber }) => serialNumber);

  it('begin with the first, signed by the authority and named after its key', async () => {
    const [list, ...more] = await withRevoked(authority, [], [ALICE]);
    expect(more).to.deep.equal([]);
    expect(serials(list)).to.deep.equal([ALICE]);
    expect(list!.toString()).to.match(/^-----BEGIN X509 CRL-----\n/);
    expect(await new X509Crl(list!).verify({ publicKey: authority.certificate })).to.equal(true);
  });

  it('keep whom they have, become one, and leave those of others as they are', async () => {
    const first = await withRevoked(authority, [], [ALICE]);
    const second = await withRevoked(authority, [], [BOB]);
    const [kept, merged, ...more] = await withRevoked(authority, [...first, other, ...second], [CAROL]);
    expect(kept).to.equal(other);
    expect(serials(merged)).to.have.members([ALICE, BOB, CAROL]);
    expect(more).to.deep.equal([]);
  });

  it('stay the very same, byte for byte, when they name all already', async () => {
    const lists = [other, ...(await withRevoked(authority, [], [ALICE, BOB]))];
    expect(await withRevoked(authority, lists, [BOB])).to.deep.equal(lists);
    expect(await withRevoked(authority, lists, [])).to.deep.equal(lists);
  });

  it('are read in DER, too, as other programs put them there', async () => {
    const [pem] = await withRevoked(authority, [], [ALICE]);
    const der = Buffer.from(new X509Crl(pem!).rawData);
    expect(await withRevoked(authority, [der], [ALICE])).to.deep.equal([der]);
    expect(serials((await withRevoked(authority, [der], [BOB]))[0])).to.have.members([ALICE, BOB]);
  });
});
