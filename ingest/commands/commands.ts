import type { Logger } from 'pino';

import type { Command } from '../../chaincode/protocol/command/command.ts';
import type { Device } from '../../chaincode/protocol/device.ts';
import { readWaitSeconds } from '../../chaincode/protocol/command/wire.ts';
import { parseAnswerTopic, parsePollTopic, type TopicOwner } from '../../chaincode/protocol/topics.ts';
import type { LedgerClient } from '../../network/ledger/client.ts';
import type { RegistryMirror } from '../../network/mirror/registry-mirror.ts';
import type { CommandChange } from '../../sql/writers/commands.ts';
import type { Observers } from '../coap/observers.ts';
import type { Delivery, Publisher } from '../delivery.ts';
import { CommandMetrics } from '../operations/command-metrics.ts';
import type { IngestMetrics } from '../operations/metrics.ts';
import type { Admission } from '../pipeline/admission.ts';
import type { MessageRefusals } from '../pipeline/refused-message.ts';
import { repeat } from '../../network/repeat.ts';
import type { Time } from '../../network/time.ts';
import { type Answered, readAnswer } from './answer.ts';
import { AnswerDesk } from './answer-desk.ts';
import { changesIn, lastDeed, recordCommands } from './block-record.ts';
import { CommandBook } from './command-book.ts';
import { Dispatcher } from './dispatcher.ts';
import { type LedgerPosition, LedgerReader } from './ledger-reader.ts';
import { NewsDesk } from './news-desk.ts';
import { Progress } from './progress.ts';
import type { ChangeCommands } from './tables.ts';

export interface CommandsParts {
  readonly service: string;
  readonly change: ChangeCommands;
  readonly position: () => Promise<number | undefined>;
  readonly client: Pick<LedgerClient, 'blocks'>;
  /** A command as the ledger has it. */
  readonly ask: (id: string) => Promise<Command>;
  readonly mirror: Pick<RegistryMirror, 'device' | 'freshness' | 'ready'>;
  readonly broker: Publisher & { connected(): boolean };
  readonly observers: Pick<Observers, 'deliver'>;
  readonly admission: Pick<Admission, 'activeDevice'>;
  /** A device has asked for its orders, and waits for them for so long at most. */
  readonly waits: (device: string, forMs: number) => void;
  /** Checks that a device itself signed an answer that the gateway relayed, and gives it. Rejects with TOKEN_… when not. */
  readonly openRelayed: (device: Device, delivery: Delivery) => Promise<Delivery>;
  readonly refusals: MessageRefusals;
  readonly metrics: IngestMetrics;
  readonly log: Logger;
  readonly time: Time;
}

/** Under which it is kept how far the ledger's commands were read. */
export const COMMAND_READER = 'commands';
const SWEEP_EVERY_MS = 1_000;

/** The way of commands from the ledger to the devices, and of their answers into the database. */
export class Commands {
  readonly #parts: CommandsParts;
  readonly #progress: Progress;
  readonly #reader: LedgerReader<CommandChange>;
  readonly #book: CommandBook;
  readonly #news: NewsDesk;
  readonly #dispatcher: Dispatcher;
  readonly #answers: AnswerDesk<Answered>;

  constructor(parts: CommandsParts) {
    const { broker, metrics, time } = parts;
    this.#news = new NewsDesk(broker, new CommandMetrics(metrics.registry));
    this.#book = new CommandBook(parts.ask);
    this.#parts = parts;
    this.#progress = new Progress({ ...parts, news: this.#news, now: () => time.now() });
    this.#dispatcher = new Dispatcher({ ...parts, book: this.#book, progress: this.#progress });
    this.#reader = new LedgerReader({
      ...parts,
      reader: COMMAND_READER,
      changesIn,
      record: (changes, position) => this.#record(changes, position),
      forget: () => {
        this.#book.clear();
      },
    });
    this.#answers = new AnswerDesk({
      ...parts,
      ownerOf: parseAnswerTopic,
      read: readAnswer,
      take: (steps) => this.#progress.take(steps),
    });
  }

  /** An answer of a device, or that it asks for orders. Never throws. */
  receive(delivery: Delivery): void {
    const asking = parsePollTopic(delivery.topic);
    const answering = parseAnswerTopic(delivery.topic);
    if (asking !== undefined) {
      // Who says so is not asked: an order goes to its own device alone, and one attempt more does no harm.
      this.asked(asking.device, readWaitSeconds(delivery.payload) * 1000);
      delivery.acknowledge();
    } else if (answering?.source === 'relay') {
      const { openRelayed } = this.#parts;
      void this.#answers.receiveProved(answering, delivery, (device) => openRelayed(device, delivery));
    } else this.#answers.receive(delivery);
  }

  /** An answer of a device that has proved to be who it is. Never throws. */
  receiveFrom(owner: TopicOwner, delivery: Delivery): void {
    this.#answers.receiveFrom(owner, delivery);
  }

  /** A device waits for its orders, for so long at most. */
  asked(device: string, forMs: number): void {
    this.#parts.waits(device, forMs);
    this.#dispatcher.asked(device);
  }

  /** A device's message came: it is there. */
  heard(device: string): void {
    this.#dispatcher.heard(device);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { log, time } = this.#parts;
    await Promise.all([
      this.#reader.run(signal),
      this.#dispatcher.run(signal),
      this.#answers.run(signal),
      repeat(
        {
          name: 'deadlines of commands',
          everyMs: SWEEP_EVERY_MS,
          retryMs: SWEEP_EVERY_MS,
          task: () => this.#progress.sweep(),
          log,
          time,
        },
        signal,
      ),
    ]);
  }

  async #record(changes: readonly CommandChange[], position: LedgerPosition): Promise<void> {
    const { change, time } = this.#parts;
    await change(async (tables) => {
      await recordCommands(tables, changes, time.now());
      await tables.putPosition(position);
    });
    for (const { command } of changes) {
      this.#book.put(command);
      const at = Date.parse(lastDeed(command).at);
      this.#news.decided(command.tenant, command.devices.length, command.state, { id: command.id, at });
    }
    if (changes.length > 0) this.#dispatcher.wake();
  }
}
