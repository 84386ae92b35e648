import {
  type Command,
  COMMANDS_EVENT,
  commandsEventSchema,
} from '../../chaincode/protocol/command/command.ts';
import type { CommandState } from '../../chaincode/protocol/command/state.ts';
import type { Deed } from '../../chaincode/protocol/policy/proposal.ts';
import { CHAINCODE, type LedgerBlock } from '../../network/ledger/client.ts';
import type { CommandChange, CommandEvent } from '../../sql/writers/commands.ts';
import type { CommandTables } from './tables.ts';

/**
 * The commands that a block changed, as each of its transactions left them, in order.
 *
 * @throws Error when an event of ours cannot be understood: whoever cannot read the ledger must not go on
 */
export function changesIn({ number: block, transactions }: LedgerBlock): CommandChange[] {
  return transactions.flatMap(({ event }) => {
    if (event?.chaincode !== CHAINCODE || event.name !== COMMANDS_EVENT) return [];
    const { commands } = commandsEventSchema.parse(JSON.parse(Buffer.from(event.payload).toString()));
    return commands.map((command) => ({ command, block }));
  });
}

/** From where the ledger's word moves a device's command. What its device has already, it keeps. */
const MOVED_FROM: Readonly<Record<Command['state'], readonly CommandState[]>> = {
  'pending approval': [],
  queued: ['pending approval'],
  rejected: ['pending approval'],
  cancelled: ['pending approval', 'queued', 'sent'],
};

/** Who brought a command into its state on the ledger. */
export function lastDeed({ state, issued, decided, cancelled }: Command): Deed {
  return (state === 'cancelled' ? cancelled : decided) ?? issued;
}

/** Writes what blocks say about commands. The same again changes nothing but the timeline. */
export async function recordCommands(
  tables: CommandTables,
  changes: readonly CommandChange[],
  now: number,
): Promise<void> {
  if (changes.length === 0) return;
  const commands = changes.map(({ command }) => command);
  await tables.putCommands(changes, now);
  await tables.addDeliveries(
    commands.filter(({ decided, cancelled }) => decided === null && cancelled === null),
    now,
  );
  for (const command of commands) await move(tables, command, now);
  await tables.insertEvents(commands.map(eventOf));
}

async function move(tables: CommandTables, command: Command, now: number): Promise<void> {
  const from = MOVED_FROM[command.state];
  if (from.length === 0 || lastDeed(command) === command.issued) return;
  const queued = command.state === 'queued';
  await tables.moveCommand(
    {
      command: command.id,
      from,
      to: command.state,
      nextAt: queued ? now : null,
      deadline: queued ? Date.parse(command.expiresAt) : now,
      finished: !queued,
    },
    now,
  );
}

function eventOf(command: Command): CommandEvent {
  const { name, at, transaction } = lastDeed(command);
  return {
    command: command.id,
    device: null,
    state: command.state,
    at: Date.parse(at),
    actor: name,
    details: { transaction, ...(command.reason !== null && { reason: command.reason }) },
  };
}
