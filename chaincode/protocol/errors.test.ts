import { expect } from 'chai';
import fc from 'fast-check';

import { BiotError, decodeContractError, encodeContractError, ERROR_CODES, isErrorCode } from './errors.ts';

const REFUSAL = { code: 'ANCHOR_GAP', message: 'log ingest-1@operator expects header 5, not 7' } as const;
const text = encodeContractError(REFUSAL);

describe("a contract's refusal", () => {
  for (const [where, wrapped] of Object.entries({
    'as it is': text,
    'in the words of the peer': `chaincode response 500, ${text}`,
    "in the gateway's": `evaluate call to endorser returned error: chaincode response 500, ${text}`,
    'with the words of gRPC around it': `10 ABORTED: failed to endorse transaction, see {details}: ${text}.`,
    'before other braces': `${text} (retry: {"after":1})`,
    'twice, of two endorsers': `peer0: ${text}; peer1: ${text}`,
  })) {
    it(`is read ${where}`, () => {
      expect(decodeContractError(wrapped)).to.deep.equal(REFUSAL);
    });
  }

  it('survives any message and any surroundings', () => {
    const noise = fc.string().filter((surroundings) => !surroundings.includes('{"code":'));
    fc.assert(
      fc.property(noise, fc.string(), noise, (before, message, after) => {
        const refusal = { code: 'FORBIDDEN', message } as const;
        const wrapped = before + encodeContractError(refusal) + after;
        expect(decodeContractError(wrapped)).to.deep.equal(refusal);
      }),
      { numRuns: 1000 },
    );
  });

  for (const other of [
    '',
    'chaincode response 500, Expected 2 parameters, but 1 have been supplied',
    '{"code":"NOT_ONE_OF_OURS","message":"x"}',
    '{"code":"FORBIDDEN"}',
    '{"code":"FORBIDDEN","message":1}',
    '{"code":1,"message":"x"}',
    '{"code":"FORBIDDEN","message":"x"',
    '}{"code":',
  ]) {
    it(`is not found in ${JSON.stringify(other)}`, () => {
      expect(decodeContractError(other)).to.equal(undefined);
    });
  }

  it('says no more than code and message', () => {
    const error = new BiotError('INTERNAL', 'failed', { cause: new Error('secret') });
    expect(JSON.parse(encodeContractError(error))).to.deep.equal({ code: 'INTERNAL', message: 'failed' });
  });
});

describe('error codes', () => {
  it('are known by name alone', () => {
    for (const code of ERROR_CODES) expect(isErrorCode(code)).to.equal(true);
    for (const other of ['', 'toString', 'forbidden', 7, null, undefined])
      expect(isErrorCode(other)).to.equal(false);
  });

  it('stand in the list once', () => {
    expect(new Set(ERROR_CODES).size).to.equal(ERROR_CODES.length);
  });

  it('come with what caused them', () => {
    const cause = new Error('why');
    const error = new BiotError('NOT_FOUND', 'no such thing', { cause });
    expect(error).to.include({ code: 'NOT_FOUND', message: 'no such thing', name: 'BiotError', cause });
  });
});
