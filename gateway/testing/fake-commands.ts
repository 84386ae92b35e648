/** The command contract in memory, as one member sees it, and what ingest would have stored of it. */
import { randomBytes } from 'node:crypto';

import type { Command, CommandDraft, IssueOutcome } from '../../chaincode/protocol/command/command.ts';
import type { CatalogueEntry } from '../../chaincode/protocol/command/definition.ts';
import { misfitOfParameters } from '../../chaincode/protocol/command/parameters.ts';
import type { Device } from '../../chaincode/protocol/device.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Action } from '../../chaincode/protocol/policy/actions.ts';
import { resourceOf, resourceOfType } from '../../chaincode/protocol/policy/device-resource.ts';
import type { Deed } from '../../chaincode/protocol/policy/proposal.ts';
import type { Subject } from '../../chaincode/protocol/policy/request.ts';
import type { CommandCommitted, CommandLedger } from '../../network/ledger/commands.ts';
import type { FakeRegistry } from './fake-registry.ts';

export class FakeCommands {
  readonly entries = new Map<string, CatalogueEntry>();
  readonly commands = new Map<string, Command>();
  /** How many drafts each transaction had. */
  readonly transactions: number[] = [];
  readonly #registry: FakeRegistry;
  readonly #clock: () => number;

  constructor(registry: FakeRegistry, clock: () => number) {
    this.#registry = registry;
    this.#clock = clock;
  }

  actingAs(subject: Subject): CommandLedger {
    return {
      define: async (definition) => {
        const { type, name } = definition;
        const org = this.#registry.types.get(type)?.org ?? subject.org;
        await this.#registry.judge(subject, 'command:define', resourceOfType({ org, name: type }));
        const { at, transaction } = this.#deed(subject);
        const version = (this.entries.get(`${type}/${name}`)?.version ?? 0) + 1;
        const entry = { ...definition, org, version, updatedAt: at, by: subject.name, transaction };
        this.entries.set(`${type}/${name}`, entry);
        return { entry, transaction, block: 12 };
      },
      catalogue: (type) =>
        Promise.resolve([...this.entries.values()].filter((entry) => (type ?? entry.type) === entry.type)),
      issue: async (drafts) => {
        this.transactions.push(drafts.length);
        const outcomes: IssueOutcome[] = [];
        for (const draft of drafts) outcomes.push(await this.#outcome(subject, draft));
        const [only] = outcomes;
        if (outcomes.length === 1 && only !== undefined && 'problem' in only)
          throw new BiotError(only.problem.code, only.problem.message);
        return { outcomes, transaction: this.#deed(subject).transaction, block: 12 };
      },
      approve: (id) => this.#decide(subject, { id, state: 'queued', action: 'command:approve' }),
      reject: (id, reason) =>
        this.#decide(subject, { id, state: 'rejected', action: 'command:approve', reason }),
      cancel: (id, reason) =>
        this.#decide(subject, { id, state: 'cancelled', action: 'command:cancel', reason }),
      get: (id) =>
        new Promise((resolve) => {
          resolve(this.#command(id));
        }),
    };
  }

  async #outcome(subject: Subject, draft: CommandDraft): Promise<IssueOutcome> {
    try {
      return { command: await this.#issue(subject, draft) };
    } catch (error) {
      if (!(error instanceof BiotError)) throw error;
      const { code, message } = error;
      return { id: draft.id, problem: { code, message } };
    }
  }

  async #issue(subject: Subject, draft: CommandDraft): Promise<Command> {
    const known = this.commands.get(draft.id);
    if (known !== undefined) return known;
    const devices = await this.#devices(subject, draft.devices);
    const [first] = devices;
    const entry = this.entries.get(`${first?.type ?? ''}/${draft.name}`);
    if (first === undefined || entry === undefined)
      throw new BiotError('COMMAND_UNKNOWN', `no command ${draft.name}`);
    const misfit = misfitOfParameters(entry.parameters, draft.parameters);
    if (misfit !== undefined) throw new BiotError('PARAMETERS_INVALID', misfit);
    const lifetimeSeconds = draft.lifetimeSeconds ?? entry.lifetimeSeconds;
    const { tenant, org, type } = first;
    const { version, timeoutSeconds } = entry;
    return this.#keep({
      ...draft,
      ...{ tenant, org, type, version, lifetimeSeconds, timeoutSeconds },
      state: entry.approval ? 'pending approval' : 'queued',
      issued: this.#deed(subject),
      decided: null,
      cancelled: null,
      reason: null,
      expiresAt: new Date(this.#clock() + lifetimeSeconds * 1000).toISOString(),
    });
  }

  async #devices(subject: Subject, ids: readonly string[]): Promise<Device[]> {
    const devices = ids.map((id) => {
      const device = this.#registry.device(id);
      if (device === undefined) throw new BiotError('DEVICE_UNKNOWN', `no device ${id}`);
      return device;
    });
    for (const device of devices) await this.#registry.judge(subject, 'command:send', resourceOf(device));
    return devices;
  }

  async #decide(
    subject: Subject,
    {
      id,
      state,
      action,
      reason = null,
    }: { id: string; state: Command['state']; action: Action; reason?: string | null },
  ): Promise<CommandCommitted> {
    const command = this.#command(id);
    for (const device of await this.#devices(subject, command.devices))
      await this.#registry.judge(subject, action, resourceOf(device));
    if (action === 'command:approve' && command.issued.name === subject.name)
      throw new BiotError('FORBIDDEN', 'another person has to decide');
    const deed = this.#deed(subject);
    const step = action === 'command:cancel' ? { cancelled: deed } : { decided: deed };
    const { transaction } = deed;
    return { command: this.#keep({ ...command, state, reason, ...step }), transaction, block: 13 };
  }

  #command(id: string): Command {
    const command = this.commands.get(id);
    if (command === undefined) throw new BiotError('COMMAND_UNKNOWN', `there is no command ${id}`);
    return command;
  }

  #keep(command: Command): Command {
    this.commands.set(command.id, command);
    return command;
  }

  #deed({ name, org }: Subject): Deed {
    return {
      name,
      org,
      at: new Date(this.#clock()).toISOString(),
      transaction: randomBytes(32).toString('hex'),
    };
  }
}
