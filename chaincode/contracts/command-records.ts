/** The catalogue of commands, and the commands themselves, as the ledger's state holds them. */
import type { Context } from 'fabric-contract-api';

import { type Command, commandSchema, COMMANDS_EVENT } from '../protocol/command/command.ts';
import { type CatalogueEntry, catalogueEntrySchema } from '../protocol/command/definition.ts';
import { BiotError } from '../protocol/errors.ts';
import { serves } from '../protocol/tenants.ts';
import { callerOf } from './caller.ts';
import { canonicalJson } from '../protocol/canonical-json.ts';
import { Collection } from './collection.ts';

/** By type and name. */
export const catalogue = new Collection('catalogue', catalogueEntrySchema);
/** By id. */
export const commands = new Collection('command', commandSchema);

/** What a type takes now. @throws BiotError COMMAND_UNKNOWN, also when it is not enabled */
export async function findEntry(
  { stub }: Context,
  { type, name }: Pick<CatalogueEntry, 'type' | 'name'>,
): Promise<CatalogueEntry> {
  const entry = await catalogue.get(stub, [type, name]);
  if (entry?.enabled !== true) {
    throw new BiotError('COMMAND_UNKNOWN', `devices of type ${type} take no command ${name}`);
  }
  return entry;
}

/** A command of the caller's tenants. @throws BiotError COMMAND_UNKNOWN */
export async function findCommand(ctx: Context, id: string): Promise<Command> {
  const { tenants } = callerOf(ctx);
  const command = await commands.get(ctx.stub, [id]);
  if (command === undefined || !serves(tenants, command.tenant)) {
    throw new BiotError('COMMAND_UNKNOWN', `the ledger knows no command ${id}`);
  }
  return command;
}

/** Writes them and tells the channel. A transaction has one event: all commands that it changes are in it. */
export async function writeCommands({ stub }: Context, changed: readonly Command[]): Promise<void> {
  for (const command of changed) await commands.put(stub, [command.id], command);
  if (changed.length === 0) return;
  stub.setEvent(COMMANDS_EVENT, Buffer.from(canonicalJson({ commands: changed })));
}
