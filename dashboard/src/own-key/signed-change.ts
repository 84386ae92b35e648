/** Loaded when the first change is signed: it brings the protocol's schemas, which the first screen does without. */
import { z } from 'zod';

import { deviceSchema } from '../../../chaincode/protocol/device.ts';
import { typeSchema } from '../../../chaincode/protocol/device-type.ts';
import { BiotError } from '../../../chaincode/protocol/errors.ts';
import { proposalSchema } from '../../../chaincode/protocol/policy/proposal.ts';
import { actionFrom, type Parameter, SIGNABLE } from '../../../signing/actions.ts';
import { jsonGateway, type Post } from '../../../signing/json-gateway.ts';
import { signAction } from '../../../signing/sign-action.ts';
import { inWords, resultInWords, type Words } from '../../../signing/words.ts';
import { ApiProblem } from '../api/problem.ts';
import type { Device, DeviceType, Proposal } from '../api/types.ts';
import { type OwnKey, signWith } from './own-key.ts';

export interface SigningContext {
  readonly key: OwnKey;
  /** MSP id of the member's organisation. */
  readonly mspId: string;
  readonly post: Post;
  readonly confirm: (words: Words) => Promise<boolean>;
}

export type Values = Partial<Record<Parameter, string>>;

export async function signedDevice(context: SigningContext, name: string, values: Values): Promise<Device> {
  return deviceSchema.parse(await signed(context, name, values));
}

export async function signedDevices(
  context: SigningContext,
  name: string,
  values: Values,
): Promise<Device[]> {
  return z.array(deviceSchema).parse(await signed(context, name, values));
}

export async function signedType(context: SigningContext, name: string, values: Values): Promise<DeviceType> {
  return typeSchema.parse(await signed(context, name, values));
}

export async function signedProposal(
  context: SigningContext,
  name: string,
  values: Values,
): Promise<Proposal> {
  return proposalSchema.parse(await signed(context, name, values));
}

/** @returns what the contract returned, which the peers have signed */
async function signed(
  { key, mspId, post, confirm }: SigningContext,
  name: string,
  values: Values,
): Promise<unknown> {
  const signable = SIGNABLE.find((candidate) => candidate.name === name);
  if (signable === undefined) throw new Error(`${name} is nothing that can be signed`);
  try {
    const outcome = await signAction({
      asked: {
        action: actionFrom(signable, values),
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
