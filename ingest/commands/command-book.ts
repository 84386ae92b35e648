import type { Command } from '../../chaincode/protocol/command/command.ts';

/** A command with its devices at hand. */
export interface BookedCommand {
  readonly command: Command;
  readonly devices: ReadonlySet<string>;
}

/** Of all commands in the book; about 20 MiB. */
const MOST_DEVICES = 200_000;

/**
 * The ledger's commands by id: what is sent to a device is what the ledger says, never what a table says. The newest
 * are kept, the others are asked for again.
 */
export class CommandBook {
  readonly #ask: (id: string) => Promise<Command>;
  readonly #commands = new Map<string, BookedCommand>();
  #devices = 0;

  constructor(ask: (id: string) => Promise<Command>) {
    this.#ask = ask;
  }

  put(command: Command): BookedCommand {
    this.#remove(command.id);
    const booked = { command, devices: new Set(command.devices) };
    this.#commands.set(command.id, booked);
    this.#devices += booked.devices.size;
    for (const id of this.#commands.keys()) {
      if (this.#devices <= MOST_DEVICES) break;
      this.#remove(id);
    }
    return booked;
  }

  /** @throws BiotError COMMAND_UNKNOWN, or what keeps the ledger from answering */
  async find(id: string): Promise<BookedCommand> {
    return this.#commands.get(id) ?? this.put(await this.#ask(id));
  }

  /** As it is known now; undefined when the ledger would have to be asked. */
  known(id: string): BookedCommand | undefined {
    return this.#commands.get(id);
  }

  /** Blocks may have been missed: what is known may be out of date. */
  clear(): void {
    this.#commands.clear();
    this.#devices = 0;
  }

  #remove(id: string): void {
    this.#devices -= this.#commands.get(id)?.devices.size ?? 0;
    this.#commands.delete(id);
  }
}
