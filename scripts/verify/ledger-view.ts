import type { Checkpoint, Header } from '../../chaincode/protocol/header.ts';

/** What the auditor asks the peer of its own organisation. */
export interface LedgerView {
  /** Every log's checkpoint as the contract computed it. */
  logs(): Promise<Checkpoint[]>;
  /** The headers `from` up to but without `to`, in order. */
  headers(logId: string, from: number, to: number): AsyncIterable<Header>;
}
