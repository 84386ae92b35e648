import { z } from 'zod';
import {
  type Command,
  type CommandDraft,
  commandSchema,
  type IssueOutcome,
  issueOutcomeSchema,
} from '../../chaincode/protocol/command/command.ts';
import {
  type CatalogueEntry,
  catalogueEntrySchema,
  type CommandDefinition,
} from '../../chaincode/protocol/command/definition.ts';
import type { Committed, ContractClient, LedgerCall } from './client.ts';
import { parseResult } from './contract-results.ts';

export type EntryCommitted = Committed & { readonly entry: CatalogueEntry };
export type CommandCommitted = Committed & { readonly command: Command };
export type IssueCommitted = Committed & { readonly outcomes: IssueOutcome[] };

/** Commands on the channel `registry`. Refusals bear the contract's codes; see LedgerError for the rest. */
export interface CommandLedger {
  /** Another definition of a command that is there makes its next version; the same one changes nothing. */
  define(definition: CommandDefinition): Promise<EntryCommitted>;
  /** Those that the caller may read, of one type or of all, in the order of types and names. */
  catalogue(type?: string): Promise<CatalogueEntry[]>;
  /**
   * Issues 1 to 100 commands to at most 1,000 devices in one transaction. Each draft has its outcome, in their order; the
   * refusal of a single draft is thrown. What was issued before, by the same person, is answered with as it is now.
   */
  issue(drafts: readonly CommandDraft[]): Promise<IssueCommitted>;
  approve(id: string): Promise<CommandCommitted>;
  reject(id: string, reason: string): Promise<CommandCommitted>;
  cancel(id: string, reason: string): Promise<CommandCommitted>;
  get(id: string): Promise<Command>;
}

export function commandLedger(client: ContractClient): CommandLedger {
  const change = async (transaction: string, ...args: string[]): Promise<CommandCommitted> => {
    const { result, ...committed } = await client.submit(commandCall(transaction, args));
    return { command: parseResult(commandSchema, result), ...committed };
  };
  return {
    async define(definition) {
      const { result, ...committed } = await client.submit(
        commandCall('Define', [JSON.stringify(definition)]),
      );
      return { entry: parseResult(catalogueEntrySchema, result), ...committed };
    },
    catalogue: async (type = '') =>
      parseResult(z.array(catalogueEntrySchema), await client.evaluate(commandCall('Catalogue', [type]))),
    async issue(drafts) {
      const { result, ...committed } = await client.submit(commandCall('Issue', [JSON.stringify(drafts)]));
      return { outcomes: parseResult(z.array(issueOutcomeSchema), result), ...committed };
    },
    approve: (id) => change('Approve', id),
    reject: (id, reason) => change('Reject', id, reason),
    cancel: (id, reason) => change('Cancel', id, reason),
    get: async (id) => parseResult(commandSchema, await client.evaluate(commandCall('Get', [id]))),
  };
}

function commandCall(transaction: string, args: readonly string[]): LedgerCall {
  return { channel: 'registry', contract: 'CommandContract', transaction, args };
}
