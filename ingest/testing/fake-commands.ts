import { randomUUID } from 'node:crypto';

import { type Command, COMMANDS_EVENT } from '../../chaincode/protocol/command/command.ts';
import { isFinal } from '../../chaincode/protocol/command/state.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { CHAINCODE, type LedgerBlock } from '../../network/ledger/client.ts';
import type { CommandEvent } from '../../sql/writers/commands.ts';
import type { ChangedDelivery, CommandDelivery, DeliveryKey } from '../../sql/writers/deliveries.ts';
import type { ChangeCommands, CommandTables } from '../commands/tables.ts';

const TRANSACTION = 'ab'.repeat(32);

/** A command as the contract writes it, issued now. */
export function testCommand(now: number, changes: Partial<Command> = {}): Command {
  const at = new Date(now).toISOString();
  return {
    id: randomUUID(),
    name: 'restart',
    type: 'thermometer',
    tenant: 'acme',
    org: 'ManufacturerMSP',
    devices: ['press-07'],
    group: null,
    parameters: {},
    version: 1,
    lifetimeSeconds: 600,
    timeoutSeconds: 10,
    state: 'queued',
    issued: { name: 'admin@manufacturer', org: 'ManufacturerMSP', at, transaction: TRANSACTION },
    decided: null,
    cancelled: null,
    reason: null,
    expiresAt: new Date(now + 600_000).toISOString(),
    ...changes,
  };
}

/** A block with a transaction for each of these lists. */
export function commandBlock(number: number, ...lists: Command[][]): LedgerBlock {
  return {
    number,
    dataHash: '',
    transactions: lists.map((commands) => ({
      id: TRANSACTION,
      valid: true,
      validation: 'VALID',
      event: {
        chaincode: CHAINCODE,
        name: COMMANDS_EVENT,
        payload: Buffer.from(JSON.stringify({ commands })),
      },
    })),
  };
}

type Row = CommandDelivery & Pick<ChangedDelivery, 'result' | 'message'>;

interface Content {
  commands: Map<string, Command>;
  deliveries: Map<string, Row>;
  events: CommandEvent[];
  position: number | undefined;
}

function keyOf({ command, device }: DeliveryKey): string {
  return `${command} ${device}`;
}

/** The tables of commands in memory: a change is made as a whole or not at all. */
export class FakeCommands {
  content: Content = { commands: new Map(), deliveries: new Map(), events: [], position: undefined };
  /** What the next changes fail with. */
  failures: BiotError[] = [];
  changes = 0;
  #last: Promise<unknown> = Promise.resolve();

  readonly change: ChangeCommands = (work) => {
    const changed = this.#last.then(async () => {
      this.changes += 1;
      const failure = this.failures.shift();
      if (failure !== undefined) throw failure;
      const draft = structuredClone(this.content);
      const result = await work(tablesOf(draft));
      this.content = draft;
      return result;
    });
    this.#last = changed.catch(() => undefined);
    return changed;
  };

  readonly position = (): Promise<number | undefined> => Promise.resolve(this.content.position);

  row(command: Pick<Command, 'id'>, device = 'press-07'): Row | undefined {
    return this.content.deliveries.get(keyOf({ command: command.id, device }));
  }

  /** What the timeline says of one device. */
  timeline(command: Pick<Command, 'id'>, device = 'press-07'): string[] {
    return this.content.events
      .filter((event) => event.command === command.id && (event.device ?? device) === device)
      .map(({ state }) => state);
  }
}

function tablesOf(content: Content): CommandTables {
  const rows = (): Row[] => [...content.deliveries.values()];
  const put = (row: Row): void => void content.deliveries.set(keyOf(row), row);
  return {
    putCommands: async (changes) => {
      for (const { command } of changes) content.commands.set(command.id, command);
      await Promise.resolve();
    },
    addDeliveries: async (commands, now) => {
      for (const command of commands)
        for (const device of command.devices)
          if (!content.deliveries.has(keyOf({ command: command.id, device })))
            put(newRow(command, device, now));
      await Promise.resolve();
    },
    moveCommand: async ({ command, from, to, nextAt, deadline, finished }, now) => {
      for (const row of rows())
        if (row.command === command && from.includes(row.state))
          put({ ...row, state: to, nextAt, deadline, finishedAt: finished ? now : null });
      await Promise.resolve();
    },
    insertEvents: async (events) => {
      content.events.push(...events);
      await Promise.resolve();
    },
    putPosition: async ({ block }) => {
      content.position = block;
      await Promise.resolve();
    },
    lock: (keys) => {
      const wanted = new Set(keys.map(keyOf));
      return Promise.resolve(rows().filter((row) => wanted.has(keyOf(row))));
    },
    lockDue: ({ now, limit }) =>
      Promise.resolve(
        rows()
          .filter(({ nextAt }) => nextAt !== null && nextAt <= now)
          .slice(0, limit),
      ),
    lockOverdue: ({ now, limit }) =>
      Promise.resolve(
        rows()
          .filter(({ state, deadline }) => !isFinal(state) && deadline <= now)
          .slice(0, limit),
      ),
    update: async (deliveries) => {
      for (const delivery of deliveries) {
        const row = content.deliveries.get(keyOf(delivery));
        if (row !== undefined) put({ ...row, ...delivery });
      }
      await Promise.resolve();
    },
    hasten: (devices, now) => {
      const waiting = rows().filter(
        ({ device, state, nextAt }) =>
          devices.includes(device) && ['queued', 'sent'].includes(state) && (nextAt ?? 0) > now,
      );
      for (const row of waiting) put({ ...row, nextAt: now });
      return Promise.resolve();
    },
  };
}

function newRow(command: Command, device: string, now: number): Row {
  return {
    command: command.id,
    device,
    tenant: command.tenant,
    state: command.state,
    issuedAt: now,
    attempts: 0,
    nextAt: command.state === 'queued' ? now : null,
    sentAt: null,
    acknowledgedAt: null,
    finishedAt: null,
    deadline: Date.parse(command.expiresAt),
    timeoutSeconds: command.timeoutSeconds,
    queuedAt: now,
  };
}
