import { pino } from 'pino';

import type { Command } from '../../chaincode/protocol/command/command.ts';
import type { Device } from '../../chaincode/protocol/device.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { LedgerBlock } from '../../network/ledger/client.ts';
import { Observers } from '../coap/observers.ts';
import { Commands } from '../commands/commands.ts';
import { IngestMetrics } from '../operations/metrics.ts';
import { testDevice } from './devices.ts';
import { FakeBroker, FakeDelivery } from './fake-broker.ts';
import { commandBlock, FakeCommands, testCommand } from './fake-commands.ts';
import { ManualTime, settle } from './manual-time.ts';

/** The peer's blocks, as far as there are any; then the stream waits. */
class FakeChain {
  readonly blocks: LedgerBlock[] = [];
  #more = Promise.withResolvers<undefined>();

  add(...lists: Command[][]): void {
    this.blocks.push(commandBlock(this.blocks.length, ...lists));
    this.#more.resolve(undefined);
    this.#more = Promise.withResolvers();
  }

  async *read({ from, signal }: { from: number; signal: AbortSignal }): AsyncGenerator<LedgerBlock> {
    const aborted = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => {
        resolve();
      });
    });
    let next = from;
    while (!signal.aborted) {
      const block = this.blocks[next];
      if (block === undefined) await Promise.race([this.#more.promise, aborted]);
      else yield block;
      if (block !== undefined) next += 1;
    }
  }
}

/** Commands with all that is around them: a ledger, a broker, tables, devices and a clock of their own. */
export class CommandWorld {
  readonly time = new ManualTime();
  readonly store = new FakeCommands();
  readonly chain = new FakeChain();
  readonly broker = new FakeBroker();
  readonly observers = new Observers(this.time);
  readonly ledger = new Map<string, Command>();
  readonly devices = new Map<string, Device>([['press-07', testDevice('press-07')]]);
  readonly refused: [device: string | null, code: string][] = [];
  /** Devices that asked for their orders, and for how long each waits. */
  readonly waiting: [device: string, forMs: number][] = [];
  silentMs = 0;
  #process: { commands: Commands; stop: AbortController; over: Promise<void> } | undefined;

  /** The process that runs now. */
  get commands(): Commands {
    if (this.#process === undefined) throw new Error('nothing was started');
    return this.#process.commands;
  }

  start(): void {
    this.broker.open = true;
    const stop = new AbortController();
    const commands = new Commands({
      service: 'ingest-1@operator',
      change: this.store.change,
      position: this.store.position,
      client: { blocks: (_, options) => this.chain.read(options) },
      ask: (id) => this.#ask(id),
      mirror: {
        device: (id) => this.devices.get(id),
        freshness: () => ({ fresh: true, silentMs: this.silentMs, height: 1 }),
        ready: () => Promise.resolve(),
      },
      broker: this.broker,
      observers: this.observers,
      waits: (device, forMs) => this.waiting.push([device, forMs]),
      admission: { activeDevice: ({ device }) => testDevice(device) },
      openRelayed: (device, delivery) =>
        delivery.token === device.id
          ? Promise.resolve(delivery)
          : Promise.reject(new BiotError('TOKEN_INVALID', 'forged')),
      refusals: { add: ({ device, code }) => this.refused.push([device, code]) },
      metrics: new IngestMetrics(),
      log: pino({ level: 'silent' }),
      time: this.time,
    });
    this.#process = { commands, stop, over: commands.run(stop.signal) };
  }

  /** As a crash would: whatever it has in memory is gone. */
  async end(): Promise<void> {
    this.#process?.stop.abort();
    await this.#process?.over;
  }

  issue(changes: Partial<Command> = {}): Command {
    return this.decide(testCommand(this.time.now(), changes));
  }

  decide(command: Command): Command {
    this.ledger.set(command.id, command);
    this.chain.add([command]);
    return command;
  }

  orders(): FakeBroker['published'] {
    return this.broker.published.filter(({ topic }) => topic.endsWith('/command'));
  }

  async answer(payload: object, device = 'press-07'): Promise<FakeDelivery> {
    const delivery = new FakeDelivery(`biot/v1/acme/${device}/answer`, payload);
    this.commands.receive(delivery);
    await this.pass();
    return delivery;
  }

  async pass(ms = 0): Promise<void> {
    await this.time.advance(ms);
    await settle();
  }

  #ask(id: string): Promise<Command> {
    const found = this.ledger.get(id);
    return found === undefined
      ? Promise.reject(new BiotError('COMMAND_UNKNOWN', id))
      : Promise.resolve(found);
  }
}
