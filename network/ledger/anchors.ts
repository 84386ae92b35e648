import { z } from 'zod';
import {
  type Checkpoint,
  checkpointSchema,
  type Header,
  headerSchema,
} from '../../chaincode/protocol/header.ts';
import type { Committed, ContractClient, LedgerCall, SubmitOptions } from './client.ts';
import { parseResult } from './contract-results.ts';

/** The channel `anchors` in the platform's words. Refusals bear the contract's codes; see LedgerError for the rest. */
export interface AnchorLedger {
  /**
   * Appends 1 to 500 headers, in order, to the caller's own log. Headers that are there already are passed over, so
   * what failed with an unknown outcome may simply be appended again.
   */
  append(
    logId: string,
    headers: readonly Header[],
    options?: SubmitOptions,
  ): Promise<Committed & { readonly checkpoint: Checkpoint }>;
  checkpoint(logId: string): Promise<Checkpoint>;
  get(logId: string, sequence: number): Promise<Header>;
  /** Up to `limit` headers (500 at most) from sequence number `from` on. */
  list(logId: string, from: number, limit: number): Promise<Header[]>;
  logs(): Promise<Checkpoint[]>;
}

export function anchorLedger(client: ContractClient): AnchorLedger {
  const ask = (transaction: string, ...args: string[]): Promise<string> =>
    client.evaluate(anchorCall(transaction, args));
  return {
    async append(logId, headers, options) {
      const call = anchorCall('Append', [logId, JSON.stringify(headers)]);
      const { result, ...committed } = await client.submit(call, options);
      return { checkpoint: parseResult(checkpointSchema, result), ...committed };
    },
    checkpoint: async (logId) => parseResult(checkpointSchema, await ask('Checkpoint', logId)),
    get: async (logId, sequence) => parseResult(headerSchema, await ask('Get', logId, String(sequence))),
    list: async (logId, from, limit) =>
      parseResult(z.array(headerSchema), await ask('List', logId, String(from), String(limit))),
    logs: async () => parseResult(z.array(checkpointSchema), await ask('Logs')),
  };
}

function anchorCall(transaction: string, args: readonly string[]): LedgerCall {
  return { channel: 'anchors', contract: 'AnchorContract', transaction, args };
}
