import { z } from 'zod';

import type { ErrorCode } from '../../chaincode/protocol/errors.ts';
import { codeSchema } from '../../chaincode/protocol/onboarding/code.ts';
import { MOST_ARGUMENT_BYTES } from '../../network/signing/actions.ts';
import {
  MOST_COMMIT_BYTES,
  MOST_PROPOSAL_BYTES,
  MOST_TRANSACTION_BYTES,
  outcomeSchema,
  preparedCommitSchema,
  preparedProposalSchema,
  preparedTransactionSchema,
} from '../../network/signing/answers.ts';
import { base64Schema, fromBase64, toBase64 } from '../../network/signing/base64.ts';
import { type Access, anyone } from '../http/access.ts';
import { networkOf, type Quota } from '../http/rate-limit.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { LEDGER_REFUSALS } from './device-changes.ts';

const tag = 'Signing elsewhere';

/** Four requests are one change. */
export const SIGNING_QUOTA: Quota = { points: 240, seconds: 60 };

/** For a body's other fields, and the signs that JSON and base64 put in. */
const MARGIN_BYTES = 16 * 1024;
const MOST_CERTIFICATE_BYTES = 8 * 1024;
/** ECDSA over P-256 in DER. */
const MOST_SIGNATURE_BYTES = 72;
const MOST_ARGUMENTS = 8;

const bySignature: Access<undefined> = {
  ...anyone,
  who: 'members of the consortium, by the signature in the body: nobody has to be signed in',
  refusals: ['UNAUTHENTICATED', 'FORBIDDEN', 'MESSAGE_MALFORMED'],
  count: ({ address }, { signingLimit }) => signingLimit.consume(networkOf(address)),
};

/** The contracts' refusals reach the signer in the step in which the peers run them. */
const CONTRACT_REFUSALS: readonly ErrorCode[] = [
  'DEVICE_UNKNOWN',
  'DEVICE_EXISTS',
  'TYPE_UNKNOWN',
  'KEY_INVALID',
  'KEY_TAKEN',
  'TRANSITION_ILLEGAL',
  'NOT_FOUND',
  'FIRMWARE_INVALID',
  'POLICY_CONFLICT',
  'POLICY_LOCKOUT',
  'PROPOSAL_EXPIRED',
  'CODE_REDEEMED',
  'CODE_WITHDRAWN',
  'CODE_EXPIRED',
];

const signatureSchema = base64Schema(MOST_SIGNATURE_BYTES).meta({
  description: 'ECDSA over SHA-256 with P-256, in DER with the lower s, base64',
});

const changeSchema = z
  .strictObject({
    channel: z.string().max(32),
    contract: z.string().max(64),
    method: z.string().max(64),
    arguments: z.array(z.string().max(MOST_ARGUMENT_BYTES)).max(MOST_ARGUMENTS),
    code: codeSchema
      .optional()
      .meta({ description: 'For a voucher that is redeemed: no block will have it' }),
    certificate: z.string().max(MOST_CERTIFICATE_BYTES).meta({ description: 'PEM, the member’s own' }),
  })
  .meta({ id: 'ChangeToSign' });

const prepareProposal = defineRoute({
  method: 'post',
  path: '/api/v1/signing/proposals',
  tag,
  operation: 'prepareProposal',
  audited: false,
  summary: 'Prepare a change for signing',
  description:
    'The first of four steps in which a member changes something on the ledger with a key that the gateway never sees. ' +
    'Answers with a transaction proposal. Do not sign its hash unread: check that it says what you asked for. The ' +
    'signature is made over the `proposal_bytes` in it.',
  access: { ...bySignature, who: 'members of the consortium, who name themselves by their certificate' },
  maximumBytes: MOST_PROPOSAL_BYTES + MARGIN_BYTES,
  request: z.strictObject({ body: changeSchema }),
  answer: { status: 200, description: 'The proposal', schema: preparedProposalSchema },
  refusals: [],
  handle({ request: { body }, exchange, parts }) {
    const { certificate, code, ...change } = body;
    const action = code === undefined ? change : { ...change, code };
    return { proposal: toBase64(parts.signing.prepare(action, certificate, exchange)) };
  },
});

const endorseProposal = defineRoute({
  method: 'post',
  path: '/api/v1/signing/endorsements',
  tag,
  operation: 'endorseProposal',
  audited: false,
  summary: 'Have a signed proposal endorsed',
  description:
    'The peers run the contract, which judges by the certificate in the proposal. Answers with the transaction; the ' +
    'signature is made over the `payload` of its envelope. Nothing has changed yet.',
  access: bySignature,
  maximumBytes: encoded(MOST_PROPOSAL_BYTES),
  request: z.strictObject({
    body: preparedProposalSchema.extend({ signature: signatureSchema }).meta({ id: 'SignedProposal' }),
  }),
  answer: { status: 200, description: 'The endorsed transaction', schema: preparedTransactionSchema },
  refusals: [...CONTRACT_REFUSALS, ...LEDGER_REFUSALS],
  async handle({ request: { body }, exchange, parts }) {
    const [proposal, signature] = [fromBase64(body.proposal), fromBase64(body.signature)];
    return { transaction: toBase64(await parts.signing.endorse(proposal, signature, exchange)) };
  },
});

const submitTransaction = defineRoute({
  method: 'post',
  path: '/api/v1/signing/submissions',
  tag,
  operation: 'submitTransaction',
  summary: 'Submit a signed transaction',
  description:
    'Hands the transaction to the orderers: from here on it may take effect. Answers with the question what became of ' +
    'it; the signature is made over the `request` in it.',
  access: bySignature,
  large: 'signed',
  maximumBytes: encoded(MOST_TRANSACTION_BYTES),
  request: z.strictObject({
    body: preparedTransactionSchema.extend({ signature: signatureSchema }).meta({ id: 'SignedTransaction' }),
  }),
  answer: { status: 200, description: 'The question', schema: preparedCommitSchema },
  refusals: LEDGER_REFUSALS,
  async handle({ request: { body }, exchange, parts }) {
    const [transaction, signature] = [fromBase64(body.transaction), fromBase64(body.signature)];
    return { commit: toBase64(await parts.signing.submit(transaction, signature, exchange)) };
  },
});

const commitStatus = defineRoute({
  method: 'post',
  path: '/api/v1/signing/commit-status',
  tag,
  operation: 'commitStatus',
  summary: 'Ask what became of a transaction',
  description:
    'Answers when the transaction is in a block and took effect. May be asked again after LEDGER_COMMIT_UNKNOWN.',
  access: bySignature,
  maximumBytes: encoded(MOST_COMMIT_BYTES),
  request: z.strictObject({
    body: preparedCommitSchema.extend({ signature: signatureSchema }).meta({ id: 'SignedCommit' }),
  }),
  answer: { status: 200, description: 'It took effect', schema: outcomeSchema },
  refusals: LEDGER_REFUSALS,
  handle: ({ request: { body }, exchange, parts }) =>
    parts.signing.outcome(fromBase64(body.commit), fromBase64(body.signature), exchange),
});

function encoded(bytes: number): number {
  return 4 * Math.ceil(bytes / 3) + MARGIN_BYTES;
}

export const signingRoutes: readonly Route[] = [
  prepareProposal,
  endorseProposal,
  submitTransaction,
  commitStatus,
];
