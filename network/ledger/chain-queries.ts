/** What Fabric's own query contract (`qscc`) answers about a channel; fabric/core/scc/qscc/query.go. */
import { common } from '@hyperledger/fabric-protos';
import { decodeBlock } from './block-decoding.ts';
import type { LedgerError } from './ledger-error.ts';

export const QUERY_CHAINCODE = 'qscc';

/** A transaction's place in the ledger, and whether it took effect there. */
export interface TransactionPlace {
  readonly block: number;
  readonly valid: boolean;
}

/** @param answer to `GetChainInfo`: a BlockchainInfo */
export function decodeHeight(answer: Uint8Array): number {
  return common.BlockchainInfo.deserializeBinary(answer).getHeight();
}

/** @param answer to `GetBlockByNumber`: the block */
export function decodeDataHash(answer: Uint8Array): string {
  return decodeBlock(common.Block.deserializeBinary(answer)).dataHash;
}

/** @param answer to `GetBlockByTxID`: the block with the transaction */
export function decodePlace(answer: Uint8Array, transactionId: string): TransactionPlace | undefined {
  const block = decodeBlock(common.Block.deserializeBinary(answer));
  const transaction = block.transactions.find(({ id }) => id === transactionId);
  return transaction && { block: block.number, valid: transaction.valid };
}

/**
 * Whether the peer said that no block it has holds the transaction. Fabric gives this no status of its own: the text
 * is that of common/ledger/blkstorage/blockindex.go.
 */
export function isUnknownTransaction(error: LedgerError): boolean {
  return error.message.includes('no such transaction ID');
}
