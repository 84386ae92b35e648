import type { Logger } from 'pino';

import type { Order } from '../../chaincode/protocol/command/wire.ts';
import { answerTopic, commandTopic } from '../../chaincode/protocol/topics.ts';
import type { RegistryMirror } from '../../network/mirror/registry-mirror.ts';
import type { CommandDelivery } from '../../sql/writers/deliveries.ts';
import type { Publisher } from '../delivery.ts';
import type { Time } from '../../network/time.ts';
import type { Observers } from '../coap/observers.ts';
import { Addressees } from './addressees.ts';
import { Alarm } from './alarm.ts';
import type { BookedCommand, CommandBook } from './command-book.ts';
import { handOver } from './hand-over.ts';
import type { Progress } from './progress.ts';
import { nextAttempt } from './next-attempt.ts';
import type { Step } from './step.ts';
import type { ChangeCommands } from './tables.ts';

export interface DispatcherParts {
  readonly change: ChangeCommands;
  readonly progress: Pick<Progress, 'take'>;
  readonly book: CommandBook;
  readonly mirror: Pick<RegistryMirror, 'device' | 'freshness'>;
  readonly broker: Publisher & { connected(): boolean };
  /** Devices that are told their orders without the broker. */
  readonly observers: Pick<Observers, 'deliver'>;
  /** The name under which the service acts by itself. */
  readonly service: string;
  readonly log: Pick<Logger, 'warn'>;
  readonly time: Time;
}

/** Orders that are handed to the broker together; with the largest parameters they fit into the outbox. */
const ORDERS_AT_ONCE = 500;
/** Looks for what has become due, when nobody says that there is something. */
const IDLE_MS = 1_000;
/** When the ledger has been silent for longer, a command may be cancelled since, or a device suspended. */
const SILENT_MS = 5_000;

/**
 * Hands orders to the broker, each for as long as its device has not acknowledged it. That it will do so is on the disk
 * before it is done, so no order is ever out without anybody knowing. What is not known is whether the broker took it
 * when this process dies in between: then it is sent again, and the device answers what it knows.
 */
export class Dispatcher {
  readonly #parts: DispatcherParts;
  readonly #addressees: Addressees;
  readonly #alarm: Alarm;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
    this.#addressees = new Addressees(parts.time);
    this.#alarm = new Alarm(parts.time);
  }

  /** There may be something to send. */
  wake(): void {
    this.#alarm.wake();
  }

  /** A message of this device came: it is there. */
  heard(device: string): void {
    if (this.#addressees.heard(device)) this.wake();
  }

  /** This device waits for orders now, and has none that it did not get. */
  asked(device: string): void {
    if (this.#addressees.asked(device)) this.wake();
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const due = await this.#round(signal).catch((error: unknown) => {
        this.#parts.log.warn({ err: error }, 'orders are not sent, trying again');
        return 0;
      });
      if (due < ORDERS_AT_ONCE) await this.#alarm.sleep(IDLE_MS, signal);
    }
  }

  /** @returns how many orders were due */
  async #round(signal: AbortSignal): Promise<number> {
    const { broker, progress } = this.#parts;
    if (!broker.connected() || this.#isLedgerSilent()) return 0;
    const due = await this.#claim();
    const sent = await this.#send(due, signal);
    await progress.take(sent);
    return due.length;
  }

  /** From now on they count as tried: whoever comes next, after a crash too, leaves them alone for a while. */
  #claim(): Promise<CommandDelivery[]> {
    const { change, time } = this.#parts;
    const there = this.#addressees.takeThere();
    return change(async (tables) => {
      const now = time.now();
      if (there.length > 0) await tables.hasten(there, now);
      const due = await tables.lockDue({ now, limit: ORDERS_AT_ONCE });
      const claimed = due.map((delivery) => {
        const attempts = delivery.attempts + 1;
        const why = delivery.state === 'queued' ? 'absent' : 'unanswered';
        return { ...delivery, attempts, nextAt: nextAttempt(why, attempts, { now, random: time.random() }) };
      });
      if (claimed.length > 0) await tables.update(claimed, now);
      return claimed;
    });
  }

  /** @returns that they were sent, for those that the broker took */
  async #send(due: readonly CommandDelivery[], signal: AbortSignal): Promise<Step[]> {
    const { time } = this.#parts;
    const commands = await this.#find(new Set(due.map(({ command }) => command)));
    const taken = await handOver(due, (delivery) => this.#publish(delivery, commands.get(delivery.command)), {
      time,
      signal,
    });
    return taken.map((delivery) => this.#sent(delivery));
  }

  #sent({ command, device }: CommandDelivery): Step {
    const { service, time } = this.#parts;
    return { command, device, to: 'sent', at: time.now(), actor: service };
  }

  /** What cannot be found is left out, and comes again. */
  async #find(ids: ReadonlySet<string>): Promise<Map<string, BookedCommand>> {
    const { book, log } = this.#parts;
    const found = new Map<string, BookedCommand>();
    await Promise.all(
      Array.from(ids, async (id) => {
        try {
          found.set(id, await book.find(id));
        } catch (error) {
          log.warn({ err: error, command: id }, 'the ledger does not give a command');
        }
      }),
    );
    return found;
  }

  /** @returns whether the broker took it for somebody */
  #publish(delivery: CommandDelivery, booked: BookedCommand | undefined): Promise<boolean> {
    const { broker, time } = this.#parts;
    if (booked === undefined || !this.#mayHave(delivery.device, booked)) return Promise.resolve(false);
    const owner = { tenant: booked.command.tenant, device: delivery.device };
    const order = JSON.stringify(orderOf(booked));
    const told = this.#parts.observers.deliver(delivery.device, {
      ...{ id: delivery.command, text: order, still: () => this.#mayStillHave(delivery) },
    });
    if (told !== undefined) {
      void this.#await(delivery, told);
      return Promise.resolve(false);
    }
    return new Promise((resolve) => {
      broker.publish(commandTopic(owner), order, {
        qos: 1,
        properties: {
          responseTopic: answerTopic(owner),
          correlationData: Buffer.from(booked.command.id),
          messageExpiryInterval: Math.ceil((Date.parse(booked.command.expiresAt) - time.now()) / 1000),
        },
        settled: (reasonCode) => {
          // Any other code says that nobody was there (0x10), or no; none at all, that nobody knows.
          const taken = reasonCode === 0;
          this.#addressees.tried(delivery.device, taken);
          resolve(taken);
        },
      });
    });
  }

  /** A device that is told by CoAP may take a minute to say that it has it, and nobody else waits for that. */
  async #await(delivery: CommandDelivery, told: Promise<boolean>): Promise<void> {
    try {
      const taken = await told;
      this.#addressees.tried(delivery.device, taken);
      if (!taken) return;
      await this.#parts.progress.take([this.#sent(delivery)]);
    } catch (error) {
      // Its answer says as much.
      this.#parts.log.warn({ err: error }, 'that an order was sent is not written');
    }
  }

  #isLedgerSilent(): boolean {
    return this.#parts.mirror.freshness().silentMs > SILENT_MS;
  }

  /** The same for one that has waited behind others: what is not known any more comes again. */
  #mayStillHave({ command, device }: CommandDelivery): boolean {
    const booked = this.#parts.book.known(command);
    return booked !== undefined && !this.#isLedgerSilent() && this.#mayHave(device, booked);
  }

  /** By the ledger alone: whoever can write to the database can make no device do anything. */
  #mayHave(id: string, { command, devices }: BookedCommand): boolean {
    const { mirror, time } = this.#parts;
    const device = mirror.device(id);
    return (
      command.state === 'queued' &&
      devices.has(id) &&
      Date.parse(command.expiresAt) > time.now() &&
      device?.status === 'active' &&
      device.tenant === command.tenant &&
      device.org === command.org
    );
  }
}

function orderOf({ command }: BookedCommand): Order {
  const { id, name, parameters, expiresAt, timeoutSeconds } = command;
  return { id, name, parameters, expiresAt, timeoutSeconds };
}
