import { expect } from 'chai';

import { allOrganisations } from '../../network/home/organisations.ts';
import { changesAsked, memberAsked } from './enrolment-request.ts';

/** One that was admitted later. */
const SUPPLIER = { name: 'supplier', mspId: 'SupplierMSP', index: 3 };
const MEMBERS = [...allOrganisations(), SUPPLIER];

describe('what enrol-member.sh is asked for', () => {
  it('is a member of the organisation that enrols, by a short name or the whole', () => {
    for (const name of ['alice', 'alice@operator'])
      expect(memberAsked({ as: 'operator', name }, MEMBERS)).to.deep.include({ name: 'alice@operator' });
    expect(memberAsked({ as: 'supplier', name: 'a.b-c_1' }, MEMBERS).organisation).to.equal(SUPPLIER);
  });

  for (const [what, words] of Object.entries({
    'no organisation': { name: 'alice' },
    'an organisation that is none': { as: 'OperatorMSP', name: 'alice' },
    'an organisation that is no member': { as: 'applicant', name: 'alice' },
    'another organisation’s member': { as: 'operator', name: 'alice@manufacturer' },
    'a name in two organisations': { as: 'operator', name: 'alice@operator@operator' },
    'a name that ends with @': { as: 'operator', name: 'alice@' },
    'no name': { as: 'operator' },
    'an empty name': { as: 'operator', name: '@operator' },
    'a further attribute': { as: 'operator', name: 'alice,OU=admin' },
    'a capital letter': { as: 'operator', name: 'Alice' },
    'a look-alike': { as: 'operator', name: '\u0430lice' },
    'a path': { as: 'operator', name: '../alice' },
    'a line break': { as: 'operator', name: 'alice\n' },
    'U+0000': { as: 'operator', name: 'alice\u0000' },
    '1,000 characters': { as: 'operator', name: 'a'.repeat(1_000) },
    'two things at once': { as: 'operator', name: 'alice', renew: true, remove: true },
  }))
    it(`is refused with ${what}`, () => {
      expect(() => memberAsked(words, MEMBERS))
        .to.throw()
        .with.property('code', 'INVALID_ARGUMENT');
    });

  it('is a role and tenants, which a renewal may leave as they are', () => {
    expect(changesAsked({ role: 'operator', tenants: 'acme,beta' })).to.deep.equal({
      role: 'operator',
      tenants: ['acme', 'beta'],
      files: false,
    });
    expect(changesAsked({ role: 'admin', tenants: '*', files: true })).to.include({
      tenants: '*',
      files: true,
    });
    expect(changesAsked({ renew: true })).to.deep.equal({
      role: undefined,
      tenants: undefined,
      files: false,
    });
    expect(changesAsked({ renew: true, tenants: 'beta' }).tenants).to.deep.equal(['beta']);
  });

  for (const [what, words] of Object.entries({
    'no role': { tenants: 'acme' },
    'no tenants': { role: 'operator' },
    'a role that is none': { role: 'root', tenants: 'acme' },
    'a role in capitals': { role: 'Admin', tenants: 'acme' },
    'empty tenants': { role: 'operator', tenants: '' },
    'tenants with blanks': { role: 'operator', tenants: 'acme, beta' },
    'a star among tenants': { role: 'operator', tenants: '*,acme' },
    'a renewal for a key that is elsewhere': { renew: true, csr: 'alice.csr' },
    'a key that is elsewhere, to be left here': {
      role: 'operator',
      tenants: 'acme',
      csr: 'alice.csr',
      files: true,
    },
    'a place for a certificate that nobody asks for': { role: 'operator', tenants: 'acme', out: 'alice.pem' },
    'a renewal to tenants that are none': { renew: true, tenants: 'acme,' },
  }))
    it(`is refused with ${what}`, () => {
      expect(() => changesAsked(words))
        .to.throw()
        .with.property('code', 'INVALID_ARGUMENT');
    });
});
