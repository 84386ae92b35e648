import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

import type { Pool } from 'mariadb';

import type { Command, CommandDraft } from '../../chaincode/protocol/command/command.ts';
import type { CommandDefinition } from '../../chaincode/protocol/command/definition.ts';
import type { CommandState } from '../../chaincode/protocol/command/state.ts';
import type { TwinDesired } from '../../chaincode/protocol/twin.ts';
import type { CommandHandlers } from '../../ingest/device/command-desk.ts';
import { openDevice, type OpenDevice } from '../../ingest/device/device.ts';
import type { Home } from '../../network/home/home.ts';
import { type CommandLedger, commandLedger } from '../../network/ledger/commands.ts';
import { connectLedger } from '../../network/ledger/client.ts';
import { memberConnection } from '../../network/ledger/member-connection.ts';
import { typeLedger } from '../../network/ledger/types.ts';
import { credentialsIn } from '../../network/pki/credentials.ts';
import { deliveryPage, type StoredDelivery } from '../../sql/queries/command-details.ts';
import { eventually } from './instance.ts';
import { TENANT } from './test-device.ts';

/** What a broker or a device has lost is handed over and told again after up to 30 s. */
const BECOMES_WITHIN_MS = 60_000;

/** A command that anybody may send, with a number as its only parameter. */
export function definition(
  type: string,
  name: string,
  changes: Partial<CommandDefinition> = {},
): CommandDefinition {
  return {
    type,
    name,
    description: 'of a test',
    parameters: {
      type: 'object',
      properties: { number: { type: 'integer' } },
      required: [],
      additionalProperties: false,
    },
    roles: ['admin', 'operator'],
    approval: false,
    lifetimeSeconds: 600,
    timeoutSeconds: 60,
    enabled: true,
    ...changes,
  };
}

/** A type whose devices take the command `add`. @returns its name */
export async function commandedType(home: Home, member: string): Promise<string> {
  const type = `commanded-${randomBytes(4).toString('hex')}`;
  const client = connectLedger(memberConnection(home, member));
  await typeLedger(client).put({
    name: type,
    description: 'of a test',
    sensors: [{ name: 'temperature', unit: '°C', minimum: null, maximum: null, dataType: 'number' }],
  });
  await commandLedger(client).define(definition(type, 'add'));
  client.close();
  return type;
}

export function draft(name: string, devices: string[], changes: Partial<CommandDraft> = {}): CommandDraft {
  return { id: randomUUID(), name, devices, group: null, parameters: {}, ...changes };
}

/** The ledger as a member sees it, until it is closed. */
export function commandsOf(home: Home, member: string): CommandLedger & { close(): void } {
  const client = connectLedger(memberConnection(home, member));
  return {
    ...commandLedger(client),
    close: () => {
      client.close();
    },
  };
}

export async function issued(ledger: CommandLedger, wanted: CommandDraft): Promise<Command> {
  const [outcome] = (await ledger.issue([wanted])).outcomes;
  if (outcome === undefined || !('command' in outcome)) throw new Error('it was not issued');
  return outcome.command;
}

export async function deliveryOf(
  pool: Pool,
  command: string,
  device: string,
): Promise<StoredDelivery | undefined> {
  const page = await deliveryPage(pool, { command, limit: 1000 });
  return page.find((delivery) => delivery.device === device);
}

/** Waits until a command has come into this state at a device. */
export async function becomes(
  pool: Pool,
  { id }: Pick<Command, 'id'>,
  device: string,
  state: CommandState,
): Promise<StoredDelivery> {
  let delivery: StoredDelivery | undefined;
  const isSo = async (): Promise<boolean> => {
    delivery = await deliveryOf(pool, id, device);
    return delivery?.state === state;
  };
  await eventually(isSo, `the command to be ${state}`, BECOMES_WITHIN_MS);
  if (delivery === undefined) throw new Error('it was there a moment ago');
  return delivery;
}

/** Becomes a device with the library. */
export function openCommanded(
  home: Home,
  id: string,
  commands: CommandHandlers,
  onDesired?: (desired: TwinDesired) => void,
): Promise<OpenDevice> {
  return openDevice({
    folder: home.path('devices', id),
    owner: { tenant: TENANT, device: id },
    broker: {
      port: home.ports.mqtt,
      authority: readFileSync(home.path('pki', 'platform-ca', 'cert.pem'), 'utf8'),
    },
    commands,
    ...(onDesired !== undefined && { onDesired }),
  });
}

/** Options of Mosquitto's clients with which they are a device. */
export function stockOptions(home: Home, id: string): string[] {
  const credentials = credentialsIn(home.path('devices', id));
  return [
    ...['-V', '5', '-h', '127.0.0.1', '-p', String(home.ports.mqtt), '-q', '1'],
    ...['--cafile', home.path('pki', 'platform-ca', 'cert.pem')],
    ...['--cert', credentials.certificateFile, '--key', credentials.keyFile],
  ];
}

/** A stock client that takes orders: what it prints, line by line. */
export interface StockSubscriber {
  readonly lines: string[];
  /** Resolves when it is gone: the broker has one connection for a device. */
  end(): Promise<void>;
}

/** One order, with what came with it, is one line of JSON. */
export function subscribeStock(home: Home, id: string): StockSubscriber {
  const topic = `biot/v1/${TENANT}/${id}/command`;
  const child: ChildProcess = spawn('mosquitto_sub', [
    ...stockOptions(home, id),
    '-t',
    topic,
    '-F',
    '%R %D %E %p',
  ]);
  const lines: string[] = [];
  let rest = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    const parts = `${rest}${chunk.toString()}`.split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
  });
  const gone = new Promise<void>((resolve) => {
    child.once('close', () => {
      resolve();
    });
  });
  return {
    lines,
    end: () => {
      child.kill();
      return gone;
    },
  };
}
