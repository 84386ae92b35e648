import { expect } from 'chai';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { problemOf } from './problem.ts';

describe('problems', () => {
  for (const code of ['LEDGER_UNAVAILABLE', 'LEDGER_TIMEOUT', 'LEDGER_ENDORSE_FAILED'] as const) {
    it(`say of ${code} what is true of reading, too, and nothing of what a server said`, () => {
      const { detail } = problemOf(new BiotError(code, 'no connection to 10.1.2.3'), 'an id');
      expect(detail).to.match(/^Nothing was read or changed[.:]/);
    });
  }
});
