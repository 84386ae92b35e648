import { expect } from 'chai';

import { MAX_CLAIM_DAYS } from '../../../chaincode/protocol/onboarding/claim.ts';
import { writeCode } from '../../../chaincode/protocol/onboarding/code.ts';
import { MAX_VOUCHER_DAYS } from '../../../chaincode/protocol/onboarding/voucher.ts';
import { CLAIM_TERMS, codeError, expiryIn, shownState, VOUCHER_TERMS } from './code-state.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');

describe('the state of a code', () => {
  const expiresAt = new Date(NOW).toISOString();

  it('is expired from the very instant on, if nothing else ended it', () => {
    expect(shownState({ state: 'open', expiresAt }, NOW - 1)).to.equal('open');
    expect(shownState({ state: 'open', expiresAt }, NOW)).to.equal('expired');
    expect(shownState({ state: 'redeemed', expiresAt }, NOW + 1)).to.equal('redeemed');
    expect(shownState({ state: 'withdrawn', expiresAt }, NOW + 1)).to.equal('withdrawn');
  });
});

describe('a code as somebody types it', () => {
  const code = writeCode(new Uint8Array(16).fill(7));

  it('is taken in any case, with any blanks and hyphens', () => {
    for (const text of [
      code,
      code.toLowerCase(),
      code.replaceAll('-', ' '),
      ` ${code.replaceAll('-', '')}\n`,
    ])
      expect(codeError(text), text).to.equal(undefined);
  });

  it('is told to be too short, too long or none', () => {
    expect(codeError('')).to.contain('Type');
    expect(codeError(code.slice(0, -1))).to.contain('27 of 28');
    expect(codeError(`${code}0`)).to.contain('29 of 28');
    expect(codeError(`${code.slice(0, -1)}!`)).to.contain('only');
  });
});

describe('when a code expires', () => {
  it('is never later than the ledger takes', () => {
    const days = ({ value }: { value: number }): number => value / 24;
    expect(Math.max(...CLAIM_TERMS.map(days))).to.be.below(MAX_CLAIM_DAYS);
    expect(Math.max(...VOUCHER_TERMS.map(days))).to.be.below(MAX_VOUCHER_DAYS);
  });

  it('is so many hours ahead', () => {
    expect(expiryIn(24, NOW)).to.equal('2026-11-23T12:00:00.000Z');
  });
});
