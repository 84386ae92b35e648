/** Loaded when the first change is signed: it brings the protocol's schemas, which the first screen does without. */
import { z } from 'zod';

import { deviceSchema } from '../../../chaincode/protocol/device.ts';
import { typeSchema } from '../../../chaincode/protocol/device-type.ts';
import { BiotError } from '../../../chaincode/protocol/errors.ts';
import { claimSchema } from '../../../chaincode/protocol/onboarding/claim.ts';
import { newCode } from '../../../chaincode/protocol/onboarding/code.ts';
import { redeemedVoucherSchema, voucherSchema } from '../../../chaincode/protocol/onboarding/voucher.ts';
import { proposalSchema } from '../../../chaincode/protocol/policy/proposal.ts';
import { actionFrom } from '../../../signing/actions.ts';
import type { Parameter } from '../../../signing/parameters.ts';
import { SIGNABLE } from '../../../signing/signable.ts';
import { jsonGateway, type Post } from '../../../signing/json-gateway.ts';
import { signAction } from '../../../signing/sign-action.ts';
import { inWords, resultInWords, type Words } from '../../../signing/words.ts';
import { ApiProblem } from '../api/problem.ts';
import type { ClaimRequest, VoucherRequest } from '../api/types.ts';
import { type OwnKey, signWith } from './own-key.ts';

export interface SigningContext {
  readonly key: OwnKey;
  /** MSP id of the member's organisation. */
  readonly mspId: string;
  readonly post: Post;
  readonly confirm: (words: Words) => Promise<boolean>;
}

type Values = Partial<Record<Parameter, string>>;

/** Changes as the peers have endorsed them, each by the name that it has in SIGNABLE. */
export function signedChanges(context: SigningContext) {
  const resultAs =
    <Result>(schema: z.ZodType<Result>) =>
    async (name: string, values: Values, code?: string): Promise<Result> =>
      schema.parse(await signed(context, { name, values, code }));
  const claim = resultAs(claimSchema);
  const voucher = resultAs(voucherSchema);
  return {
    device: resultAs(deviceSchema),
    devices: resultAs(z.array(deviceSchema)),
    type: resultAs(typeSchema),
    proposal: resultAs(proposalSchema),
    claim,
    voucher,
    redeemed: resultAs(redeemedVoucherSchema),
    /** With its code, which is made here, so that the gateway never has it. */
    newClaim: async (request: ClaimRequest) => {
      const { id, code } = newCode();
      return { claim: await claim('claim create', { claim: JSON.stringify({ id, ...request }) }), code };
    },
    newVoucher: async (request: VoucherRequest) => {
      const { id, code } = newCode();
      return {
        voucher: await voucher('voucher create', { voucher: JSON.stringify({ id, ...request }) }),
        code,
      };
    },
  };
}
export type SignedChanges = ReturnType<typeof signedChanges>;

/** @returns what the contract returned, which the peers have signed */
async function signed(
  { key, mspId, post, confirm }: SigningContext,
  { name, values, code }: { name: string; values: Values; code: string | undefined },
): Promise<unknown> {
  const signable = SIGNABLE.find((candidate) => candidate.name === name);
  if (signable === undefined) throw new Error(`${name} is nothing that can be signed`);
  try {
    const outcome = await signAction({
      asked: {
        action: actionFrom(signable, values, code),
        signatory: { mspId, certificate: key.certificate },
      },
      gateway: jsonGateway(post),
      sign: (bytes) => signWith(key, bytes),
      clock: Date.now,
      confirm: (proposal) => confirm(inWords(proposal)),
      review: async (transaction) => {
        const words = resultInWords(transaction);
        return words === undefined || confirm(words);
      },
    });
    if (outcome === undefined) throw notSigned('NOT_SIGNED', 'You did not sign it.');
    return JSON.parse(outcome.result);
  } catch (error) {
    throw error instanceof BiotError ? notSigned(error.code, error.message, error) : error;
  }
}

function notSigned(code: ApiProblem['code'], detail: string, cause?: unknown): ApiProblem {
  return new ApiProblem({ status: 0, code, title: 'Nothing was changed', detail }, cause);
}
