import { expect } from 'chai';

import { BiotError } from '../../chaincode/protocol/errors.ts';

/** What wrong arguments are refused with; `nothing` when they are not. */
export function refusalOf(check: () => unknown): string {
  try {
    check();
  } catch (error) {
    expect(error).to.be.instanceOf(BiotError).and.include({ code: 'INVALID_ARGUMENT' });
    return String(error);
  }
  return 'nothing';
}
