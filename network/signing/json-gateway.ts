import { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import {
  outcomeSchema,
  preparedCommitSchema,
  preparedProposalSchema,
  preparedTransactionSchema,
} from './answers.ts';
import { fromBase64, toBase64 } from './base64.ts';
import type { SigningGateway } from './sign-action.ts';

/** Sends a body to a path of the gateway and gives the body of its answer. @throws BiotError when it refuses */
export type Post = (path: string, body: object) => Promise<unknown>;

/** The gateway's signing routes, however its client reaches them. */
export function jsonGateway(post: Post): SigningGateway {
  const ask = async <Schema extends z.ZodType>(
    schema: Schema,
    step: string,
    body: object,
  ): Promise<z.output<Schema>> => {
    const answer = schema.safeParse(await post(`/api/v1/signing/${step}`, body));
    if (answer.success) return answer.data;
    throw new BiotError(
      'MESSAGE_MALFORMED',
      `the gateway’s answer is none: ${z.prettifyError(answer.error)}`,
    );
  };
  return {
    async prepare({ action, signatory: { certificate } }) {
      const answer = await ask(preparedProposalSchema, 'proposals', { ...action, certificate });
      return fromBase64(answer.proposal);
    },
    async endorse(proposal, signature) {
      const body = { proposal: toBase64(proposal), signature: toBase64(signature) };
      return fromBase64((await ask(preparedTransactionSchema, 'endorsements', body)).transaction);
    },
    async submit(transaction, signature) {
      const body = { transaction: toBase64(transaction), signature: toBase64(signature) };
      return fromBase64((await ask(preparedCommitSchema, 'submissions', body)).commit);
    },
    async outcome(commit, signature) {
      return ask(outcomeSchema, 'commit-status', {
        commit: toBase64(commit),
        signature: toBase64(signature),
      });
    },
  };
}
