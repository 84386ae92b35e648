import { expect } from 'chai';
import fc from 'fast-check';

import { readTenants, serves, type Tenants, tenantsSchema, writeTenants } from './tenants.ts';

const name = fc.stringMatching(/^[a-z0-9]([a-z0-9_-]{0,8}[a-z0-9])?$/);
const someTenants: fc.Arbitrary<Tenants> = fc.oneof(
  fc.constant<Tenants>('*'),
  fc.uniqueArray(name, { maxLength: 30 }),
);

describe('the tenants of a certificate', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(someTenants, (tenants) => {
        expect(readTenants(writeTenants(tenants))).to.deep.equal(tenants);
      }),
    );
  });

  it('are none without the attribute, and none is written as no attribute', () => {
    expect(readTenants(undefined)).to.deep.equal([]);
    expect(readTenants(null)).to.deep.equal([]);
    expect(readTenants('')).to.deep.equal([]);
    expect(writeTenants([])).to.equal(undefined);
  });

  for (const [what, value] of Object.entries({
    'a blank': ' ',
    'two stars': '**',
    'a star with a blank': '* ',
    'a star in quotation marks': '"*"',
    'a star of another script': '＊',
    'a star beside a name': '*,acme',
    'a star within a name': 'acme*',
    'a separator alone': ',',
    'a separator at the end': 'acme,',
    'a separator at the beginning': ',acme',
    'two separators': 'acme,,beta',
    'a separator with a blank': 'acme, beta',
    'another separator': 'acme;beta',
    'a separator of another script': 'acme，beta',
    'a line break': 'acme\nbeta',
    'a line break at the end': 'acme\n',
    'U+0000': 'acme\u0000',
    'a tenant twice': 'acme,acme',
    'a capital letter': 'Acme',
    'a look-alike (Cyrillic a)': '\u0430cme',
    'a combining accent': 'acme\u0301',
    'a soft hyphen': 'ac\u00adme',
    'a path': '../acme',
    '1,000 characters': 'a'.repeat(1_000),
    '31 tenants': Array.from({ length: 31 }, (_, index) => `t${index}`).join(','),
    JSON: '["acme"]',
    'a list': ['acme'],
    'a number': 7,
  })) {
    it(`cannot be read from ${what}`, () => {
      expect(readTenants(value)).to.equal(undefined);
    });
  }

  it('are served when they are named, and all are by a star alone', () => {
    fc.assert(
      fc.property(someTenants, name, (tenants, tenant) => {
        expect(serves(tenants, tenant)).to.equal(tenants === '*' || new Set(tenants).has(tenant));
      }),
    );
    expect(serves(['acme'], 'acm')).to.equal(false);
    expect(serves(['acme'], '*')).to.equal(false);
  });

  it('are no list that has a star in it', () => {
    expect(tenantsSchema.safeParse(['*']).success).to.equal(false);
  });
});
