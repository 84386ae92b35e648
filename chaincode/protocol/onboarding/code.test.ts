import { expect } from 'chai';
import fc from 'fast-check';

import { sha256, toHex } from '../hash.ts';
import { CODE_BYTES, codeId, codeSchema, readCode, writeCode } from './code.ts';

const secrets = fc.uint8Array({ minLength: CODE_BYTES, maxLength: CODE_BYTES });

function refused(text: string): unknown {
  try {
    readCode(text);
    return 'read';
  } catch (error) {
    expect(String(error)).not.to.contain(text === '' ? 'undefined' : text);
    return error instanceof Error && 'code' in error ? error.code : error;
  }
}

describe('onboarding codes', () => {
  it('are seven groups of four, and stand for their secret', () => {
    fc.assert(
      fc.property(secrets, (secret) => {
        const code = writeCode(secret);
        expect(code).to.match(/^(?:[0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{4}$/);
        expect(readCode(code)).to.deep.equal(secret);
        expect(codeSchema.parse(code)).to.equal(code);
      }),
    );
  });

  it('are known to the ledger by the SHA-256 of their secret', () => {
    const secret = new Uint8Array(CODE_BYTES);
    expect(codeId(secret)).to.equal(toHex(sha256(secret)));
    // The check symbols are the first 12 bits of that hash, 374708fff771….
    expect(writeCode(secret)).to.equal('0000-0000-0000-0000-0000-0000-00VM');
  });

  it('forgive what people mistype: O, I, L, lower case, blanks and hyphens', () => {
    fc.assert(
      fc.property(secrets, fc.constantFrom('I', 'L', 'i', 'l'), (secret, one) => {
        const typed = writeCode(secret)
          .replaceAll('0', 'o')
          .replaceAll('1', one)
          .replaceAll('-', ' ')
          .toLowerCase();
        expect(readCode(` ${typed} `)).to.deep.equal(secret);
        expect(readCode(typed.replaceAll(' ', ''))).to.deep.equal(secret);
      }),
    );
  });

  it('notice a wrong symbol, nearly always', () => {
    let unnoticed = 0;
    fc.assert(
      fc.property(secrets, fc.nat(27), fc.integer({ min: 1, max: 31 }), (secret, at, by) => {
        const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
        const symbols = Array.from(writeCode(secret).replaceAll('-', ''));
        symbols[at] = alphabet[(alphabet.indexOf(symbols[at]!) + by) % 32]!;
        unnoticed += refused(symbols.join('')) === 'read' ? 1 : 0;
      }),
      { numRuns: 500 },
    );
    expect(unnoticed).to.be.lessThan(4);
  });

  it('are nothing else, and an error does not quote them', () => {
    const code = writeCode(new Uint8Array(CODE_BYTES).fill(7));
    for (const text of [
      '',
      code.slice(0, -1),
      `${code}0`,
      code.replace(/./, 'U'),
      code.replace(/./, '０'),
      code.replace('-', '\u2013'),
      `${code}\n`,
      `${code}\u0000`,
      code.replace(/./, 'ı'),
      '0'.repeat(10_000),
      '-'.repeat(28),
    ]) {
      expect(refused(text), JSON.stringify(text.slice(0, 40))).to.equal('INVALID_ARGUMENT');
      expect(codeSchema.safeParse(text).success).to.equal(false);
    }
  });
});
