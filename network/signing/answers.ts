/** The gateway's routes under /api/v1/signing, as both sides write and read them. */
import { z } from 'zod';

import { transactionIdSchema } from '../../chaincode/protocol/identifiers.ts';
import { base64Schema } from './base64.ts';

/**
 * Bytes that the prepared messages may have. A transaction has each device that it changes three times: in its result,
 * in what it writes, and in its event; a voucher may be for 500 of them.
 */
export const MOST_PROPOSAL_BYTES = 128 * 1024;
export const MOST_TRANSACTION_BYTES = 2048 * 1024;
export const MOST_COMMIT_BYTES = 16 * 1024;

export const preparedProposalSchema = z
  .strictObject({ proposal: base64Schema(MOST_PROPOSAL_BYTES) })
  .meta({ id: 'PreparedProposal', description: 'gateway.ProposedTransaction of fabric-protos, unsigned' });

export const preparedTransactionSchema = z
  .strictObject({ transaction: base64Schema(MOST_TRANSACTION_BYTES) })
  .meta({ id: 'PreparedTransaction', description: 'gateway.PreparedTransaction of fabric-protos, unsigned' });

export const preparedCommitSchema = z.strictObject({ commit: base64Schema(MOST_COMMIT_BYTES) }).meta({
  id: 'PreparedCommit',
  description: 'gateway.SignedCommitStatusRequest of fabric-protos, unsigned',
});

export const outcomeSchema = z
  .strictObject({ transaction: transactionIdSchema, block: z.int().min(0) })
  .meta({ id: 'Outcome', description: 'Where on the ledger the change took effect' });
