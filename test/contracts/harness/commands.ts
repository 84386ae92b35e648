import { randomUUID } from 'node:crypto';

import {
  type Command,
  type CommandDraft,
  commandSchema,
  type IssueOutcome,
  issueOutcomeSchema,
} from '../../../chaincode/protocol/command/command.ts';
import type { CommandDefinition } from '../../../chaincode/protocol/command/definition.ts';
import type { ErrorCode } from '../../../chaincode/protocol/errors.ts';
import { type Committed, type Refused, TestChannel } from './channel.ts';
import { type Credentials, enrolRole } from './members.ts';
import { registration } from './samples.ts';
import { putTypes } from './types.ts';

/** A command of thermometers that takes seconds, but for the fields that are given. */
export function definition(name: string, fields: Partial<CommandDefinition> = {}): CommandDefinition {
  return {
    type: 'thermometer',
    name,
    description: 'of a test',
    parameters: {
      type: 'object',
      properties: { seconds: { type: 'integer', minimum: 1, maximum: 3600 } },
      required: ['seconds'],
      additionalProperties: false,
    },
    roles: ['admin', 'operator'],
    approval: false,
    lifetimeSeconds: 600,
    timeoutSeconds: 60,
    enabled: true,
    ...fields,
  };
}

/** A command to `set-interval`, but for the fields that are given. */
export function draft(devices: string[], fields: Partial<CommandDraft> = {}): CommandDraft {
  return {
    id: randomUUID(),
    name: 'set-interval',
    devices,
    group: null,
    parameters: { seconds: 60 },
    ...fields,
  };
}

type Organisation = 'manufacturer' | 'operator';

/**
 * A `registry` channel with the commands `set-interval`, `restart` (which a second person approves) and `calibrate` (which
 * administrators send), and the transactions of CommandContract.
 */
export class Commands {
  readonly channel: TestChannel;
  readonly admin: Credentials;
  /** Of the same organisation, the manufacturer. */
  readonly operator: Credentials;

  private constructor(
    channel: TestChannel,
    { admin, operator }: { admin: Credentials; operator: Credentials },
  ) {
    this.channel = channel;
    this.admin = admin;
    this.operator = operator;
  }

  static async open(): Promise<Commands> {
    const channel = await TestChannel.begin('registry');
    await putTypes(channel, 'thermometer', 'press');
    const commands = new Commands(channel, {
      admin: await enrolRole('manufacturer', 'admin'),
      operator: await enrolRole('manufacturer', 'operator'),
    });
    await commands.define(definition('set-interval'));
    await commands.define(definition('restart', { approval: true }));
    await commands.define(definition('calibrate', { roles: ['admin'] }));
    return commands;
  }

  define(defined: CommandDefinition, by = this.admin): Promise<Committed> {
    return this.channel.submit(by, 'CommandContract:Define', JSON.stringify(defined));
  }

  /** Devices of the manufacturer's tenant `acme`, or what `fields` say; they are active. */
  async devices(
    ids: readonly string[],
    fields: object = {},
    by: Organisation = 'manufacturer',
  ): Promise<void> {
    const admin = await enrolRole(by, 'admin');
    for (let from = 0; from < ids.length; from += 500) {
      const some = ids.slice(from, from + 500);
      const registrations = some.map((id) => registration(id, fields));
      await this.channel.submit(admin, 'DeviceContract:Register', JSON.stringify(registrations));
      await this.channel.submit(admin, 'DeviceContract:ActivateAll', JSON.stringify(some), 'ready');
    }
  }

  submit(by: Credentials, name: string, ...args: string[]): Promise<Committed> {
    return this.channel.submit(by, `CommandContract:${name}`, ...args);
  }

  refusal(by: Credentials, name: string, ...args: string[]): Promise<Refused> {
    return this.channel.refusal(by, `CommandContract:${name}`, ...args);
  }

  async issueAll(drafts: readonly CommandDraft[], by = this.operator): Promise<IssueOutcome[]> {
    const { result } = await this.submit(by, 'Issue', JSON.stringify(drafts));
    return issueOutcomeSchema.array().parse(result);
  }

  /** A single one, which has to succeed. */
  async issue(drafted: CommandDraft, by = this.operator): Promise<Command> {
    const [outcome] = await this.issueAll([drafted], by);
    if (outcome === undefined || 'problem' in outcome) throw new Error('it was not issued');
    return outcome.command;
  }

  /** @returns the code that a single one is refused with */
  async refused(drafted: unknown, by = this.operator): Promise<ErrorCode> {
    return (await this.refusal(by, 'Issue', JSON.stringify([drafted]))).code;
  }

  async change(by: Credentials, name: 'Approve' | 'Reject' | 'Cancel', ...args: string[]): Promise<Command> {
    return commandSchema.parse((await this.submit(by, name, ...args)).result);
  }

  async get(id: string, by = this.admin): Promise<Command> {
    return commandSchema.parse(await this.channel.evaluate(by, 'CommandContract:Get', id));
  }
}
