/** Loaded when the first change is signed: it brings the protocol's schemas, which the first screen does without. */
import { z } from 'zod';

import {
  type Command,
  commandSchema,
  issueOutcomeSchema,
} from '../../../chaincode/protocol/command/command.ts';
import { catalogueEntrySchema } from '../../../chaincode/protocol/command/definition.ts';
import { deviceSchema } from '../../../chaincode/protocol/device.ts';
import { typeSchema } from '../../../chaincode/protocol/device-type.ts';
import { BiotError } from '../../../chaincode/protocol/errors.ts';
import { signedReleaseSchema } from '../../../chaincode/protocol/firmware/release.ts';
import { rolloutSchema } from '../../../chaincode/protocol/firmware/rollout.ts';
import { vendorKeySchema } from '../../../chaincode/protocol/firmware/vendor-key.ts';
import { claimSchema } from '../../../chaincode/protocol/onboarding/claim.ts';
import { newCode } from '../../../chaincode/protocol/onboarding/code.ts';
import { redeemedVoucherSchema, voucherSchema } from '../../../chaincode/protocol/onboarding/voucher.ts';
import { proposalSchema } from '../../../chaincode/protocol/policy/proposal.ts';
import { actionFrom } from '../../../network/signing/actions.ts';
import type { Parameter } from '../../../network/signing/parameters.ts';
import { SIGNABLE } from '../../../network/signing/signable.ts';
import { jsonGateway, type Post } from '../../../network/signing/json-gateway.ts';
import { signAction } from '../../../network/signing/sign-action.ts';
import { inWords, resultInWords, type Words } from '../../../network/signing/words.ts';
import { ApiProblem } from '../api/problem.ts';
import type { CommandChanged } from '../api/commands.ts';
import type { ClaimRequest, CommandRequest, VoucherRequest } from '../api/types.ts';
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
  const command = resultAs(commandSchema.transform(commandChanged));
  const issued = resultAs(z.tuple([issueOutcomeSchema]));
  return {
    device: resultAs(deviceSchema),
    devices: resultAs(z.array(deviceSchema)),
    type: resultAs(typeSchema),
    proposal: resultAs(proposalSchema),
    claim,
    voucher,
    entry: resultAs(catalogueEntrySchema),
    command,
    release: resultAs(signedReleaseSchema),
    rollout: resultAs(rolloutSchema),
    vendorKey: resultAs(vendorKeySchema),
    redeemed: resultAs(redeemedVoucherSchema),
    /** The devices stand in what is signed: which a group has is the gateway's word. */
    issuedCommand: async (request: CommandRequest): Promise<CommandChanged> => {
      const { devices } = request;
      if (devices === undefined)
        throw notSigned('INVALID_ARGUMENT', 'With a key of your own, name the devices: you sign for each.');
      const [outcome] = await issued('command issue', {
        commands: JSON.stringify([{ group: null, ...request }]),
      });
      if ('command' in outcome) return commandChanged(outcome.command);
      throw notSigned(outcome.problem.code, outcome.problem.message);
    },
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

function commandChanged({ id, state, issued }: Command): CommandChanged {
  return { id, state, transaction: issued.transaction };
}

function notSigned(code: ApiProblem['code'], detail: string, cause?: unknown): ApiProblem {
  return new ApiProblem({ status: 0, code, title: 'Nothing was changed', detail }, cause);
}
