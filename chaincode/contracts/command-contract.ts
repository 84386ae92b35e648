import { Context, Info, Returns, Transaction } from 'fabric-contract-api';
import { z } from 'zod';

import { commandDraftsSchema, commandIdSchema } from '../protocol/command/command.ts';
import {
  type CatalogueEntry,
  type CommandDefinition,
  commandDefinitionSchema,
} from '../protocol/command/definition.ts';
import { reasonSchema } from '../protocol/device.ts';
import { BiotError } from '../protocol/errors.ts';
import { deviceTypeSchema } from '../protocol/identifiers.ts';
import { resourceOfCommand, resourceOfEntry } from '../protocol/policy/command-resource.ts';
import { parseArgument, parseJsonArgument } from './arguments.ts';
import { Judge, requirePermission } from './caller.ts';
import { canonicalJson } from '../protocol/canonical-json.ts';
import { CodedContract } from './coded-contract.ts';
import { approved, changeCommand, decided } from './command-changes.ts';
import { issueCommands } from './command-issue.ts';
import { catalogue, findCommand, writeCommands } from './command-records.ts';
import { proposalInstant } from './proposal-instant.ts';
import { findType } from './type-records.ts';

const anyTypeSchema = z.union([z.literal(''), deviceTypeSchema]);

/**
 * Who sent which command to which devices, and who approved it. What devices do with it is not on the ledger. All results
 * are JSON texts; shapes and event are in `protocol/command`.
 */
@Info({
  title: 'CommandContract',
  description: 'The catalogue of commands; commands: issue, decide, cancel, read',
})
export class CommandContract extends CodedContract {
  constructor() {
    super('CommandContract');
  }

  /**
   * CommandDefinition -> CatalogueEntry. It belongs to the organisation that owns the type. Of one that exists, another
   * definition makes the next version, and the same one changes nothing.
   */
  @Transaction()
  @Returns('string')
  async Define(ctx: Context, definitionJson: string): Promise<string> {
    const definition = inOrder(parseJsonArgument('definition', commandDefinitionSchema, definitionJson));
    const { type, name } = definition;
    const { org } = await findType(ctx, type);
    const { name: by } = await requirePermission(ctx, 'command:define', resourceOfEntry({ org, type }));
    const known = await catalogue.get(ctx.stub, [type, name]);
    if (known !== undefined && isSame(known, definition)) return canonicalJson(known);
    const defined: CatalogueEntry = {
      ...definition,
      org,
      version: (known?.version ?? 0) + 1,
      updatedAt: proposalInstant(ctx),
      by,
      transaction: ctx.stub.getTxID(),
    };
    await catalogue.put(ctx.stub, [type, name], defined);
    return canonicalJson(defined);
  }

  /** -> CatalogueEntry[] of a type, or of all when it is empty. Those that the caller may not read are left out. */
  @Transaction(false)
  @Returns('string')
  async Catalogue(ctx: Context, type: string): Promise<string> {
    const wanted = parseArgument('type', anyTypeSchema, type);
    const judge = await Judge.of(ctx, 'command:read');
    const entries = await catalogue.all(ctx.stub, wanted === '' ? [] : [wanted]);
    return canonicalJson(entries.filter((entry) => judge.decide(resourceOfEntry(entry)).allowed));
  }

  /**
   * Issues 1 to 100 commands: CommandDraft[] -> IssueOutcome[], in that order. A draft that is refused keeps no other back;
   * the refusal of a single one is the transaction's. What was issued before is answered with, and not written again.
   */
  @Transaction()
  @Returns('string')
  async Issue(ctx: Context, draftsJson: string): Promise<string> {
    const drafts = parseJsonArgument('drafts', commandDraftsSchema, draftsJson);
    const { outcomes, issued } = await issueCommands(ctx, drafts);
    const [first, ...others] = outcomes;
    if (first !== undefined && 'problem' in first && others.length === 0) {
      throw new BiotError(first.problem.code, first.problem.message);
    }
    await writeCommands(ctx, issued);
    return canonicalJson(outcomes);
  }

  /** pending approval -> queued, by another person than the one who issued it; the changed Command. */
  @Transaction()
  @Returns('string')
  async Approve(ctx: Context, id: string): Promise<string> {
    return changeCommand(ctx, id, {
      action: 'command:approve',
      state: 'queued',
      become: (command, deed, devices) => approved(ctx, command, { deed, devices }),
    });
  }

  /** pending approval -> rejected, by another person than the one who issued it; the changed Command. */
  @Transaction()
  @Returns('string')
  async Reject(ctx: Context, id: string, reason: string): Promise<string> {
    const why = parseArgument('reason', reasonSchema, reason);
    return changeCommand(ctx, id, {
      action: 'command:approve',
      state: 'rejected',
      become: (command, deed) => ({ ...decided(command, deed), reason: why }),
    });
  }

  /** pending approval or queued -> cancelled; the changed Command. Devices that have it already do it all the same. */
  @Transaction()
  @Returns('string')
  async Cancel(ctx: Context, id: string, reason: string): Promise<string> {
    const why = parseArgument('reason', reasonSchema, reason);
    return changeCommand(ctx, id, {
      action: 'command:cancel',
      state: 'cancelled',
      become: (_command, deed) => ({ cancelled: deed, reason: why }),
    });
  }

  /** -> Command */
  @Transaction(false)
  @Returns('string')
  async Get(ctx: Context, id: string): Promise<string> {
    const command = await findCommand(ctx, parseArgument('id', commandIdSchema, id));
    await requirePermission(ctx, 'command:read', resourceOfCommand(command));
    return canonicalJson(command);
  }
}

/** In which order its roles were written down is nothing about a command, nor how often. */
function inOrder(definition: CommandDefinition): CommandDefinition {
  return { ...definition, roles: [...new Set(definition.roles)].sort() };
}

function isSame(known: CatalogueEntry, definition: CommandDefinition): boolean {
  return canonicalJson({ ...known, ...definition }) === canonicalJson(known);
}
