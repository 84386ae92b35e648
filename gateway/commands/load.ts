import {
  type CommandDraft,
  MAX_COMMAND_DEVICES,
  MAX_COMMANDS,
} from '../../chaincode/protocol/command/command.ts';
import type { CommandLedger } from '../../network/ledger/commands.ts';
import type { Issued } from './issue-together.ts';

/** A command whose caller waits for it. */
export interface Waiting {
  /** Signs with the key that was opened for the caller's session. */
  readonly ledger: Pick<CommandLedger, 'issue'>;
  readonly draft: CommandDraft;
  readonly resolve: (issued: Issued) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Characters of all drafts in one transaction: peers carry it several times (arguments, result, writes, event), and it
 * holds up everybody's blocks.
 */
const MOST_CHARACTERS = 256 * 1024;

/**
 * Takes those off the queue that go into one transaction: in their order, of one session, and none twice, for the contract
 * would not see the first yet. A draft that is large goes alone.
 */
export function nextLoad(queue: Waiting[]): Waiting[] {
  const load: Waiting[] = [];
  const ids = new Set<string>();
  let room: Room = { commands: MAX_COMMANDS, devices: MAX_COMMAND_DEVICES, characters: MOST_CHARACTERS };
  for (const candidate of queue) {
    const { draft, ledger } = candidate;
    if (ledger !== queue[0]?.ledger || ids.has(draft.id)) break;
    room = roomAfter(room, draft);
    if (load.length > 0 && Object.values(room).some((left) => left < 0)) break;
    ids.add(draft.id);
    load.push(candidate);
  }
  queue.splice(0, load.length);
  return load;
}

/** What still fits into the transaction. */
type Room = Readonly<Record<'commands' | 'devices' | 'characters', number>>;

function roomAfter({ commands, devices, characters }: Room, draft: CommandDraft): Room {
  return {
    commands: commands - 1,
    devices: devices - draft.devices.length,
    characters: characters - JSON.stringify(draft).length,
  };
}
