import type { Command } from '../chaincode/protocol/command/command.ts';
import type { Rollout } from '../chaincode/protocol/firmware/rollout.ts';
import {
  parseAnswerTopic,
  parsePollTopic,
  parseReportTopic,
  type TopicOwner,
} from '../chaincode/protocol/topics.ts';
import { ledgerPosition } from '../sql/queries/ledger-position.ts';
import { COMMAND_READER, Commands, type CommandsParts } from './commands/commands.ts';
import { databaseCommands } from './commands/tables.ts';
import type { Delivery } from './delivery.ts';
import type { MessageRefusals } from './pipeline/refused-message.ts';
import { Rollouts, type RolloutsParts } from './rollouts/rollouts.ts';
import { inTurn } from './store/in-turn.ts';

export interface DownlinkParts
  extends
    Omit<CommandsParts, 'change' | 'position' | 'ask' | 'refusals'>,
    Omit<RolloutsParts, 'ask' | 'refusals' | 'metrics' | 'mirror'> {
  readonly mirror: CommandsParts['mirror'] & RolloutsParts['mirror'];
  /** A command, and a rollout, as the ledger has them. */
  readonly command: (id: string) => Promise<Command>;
  readonly rollout: (id: string) => Promise<Rollout>;
  /** Where what devices are refused is counted, as the audit trail calls it. */
  readonly refuser: (action: string) => MessageRefusals;
}

/** Everything that goes from the ledger down to the devices: commands, and rollouts of firmware. */
export class Downlink {
  readonly #commands: Commands;
  readonly #rollouts: Rollouts;

  constructor(parts: DownlinkParts) {
    const { command, database, log, refuser, rollout, transact } = parts;
    this.#commands = new Commands({
      ...parts,
      change: databaseCommands(inTurn(transact)),
      position: () => ledgerPosition(database, COMMAND_READER),
      ask: command,
      refusals: refuser('refuseAnswer'),
      log: log.child({ module: 'commands' }),
    });
    this.#rollouts = new Rollouts({
      ...parts,
      ask: rollout,
      refusals: refuser('refuseReport'),
      log: log.child({ module: 'rollouts' }),
    });
  }

  /** Takes what a device says about what it was told. Never throws. @returns whether it was that */
  receive(delivery: Delivery): boolean {
    const taker = this.#takerOf(delivery.topic);
    taker?.receive(delivery);
    return taker !== undefined;
  }

  /** An answer to a command, of a device that has proved to be who it is. Never throws. */
  answered(owner: TopicOwner, delivery: Delivery): void {
    this.#commands.receiveFrom(owner, delivery);
  }

  /** A device waits for its orders, for so long at most. */
  asked(device: string, forMs: number): void {
    this.#commands.asked(device, forMs);
  }

  /** A device's message came: it is there. */
  heard(device: string): void {
    this.#commands.heard(device);
    this.#rollouts.heard(device);
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#commands.run(signal), this.#rollouts.run(signal)]);
  }

  #takerOf(topic: string): { receive(delivery: Delivery): void } | undefined {
    if ((parseAnswerTopic(topic) ?? parsePollTopic(topic)) !== undefined) return this.#commands;
    return parseReportTopic(topic) === undefined ? undefined : this.#rollouts;
  }
}
