/** How drafts become commands: all that stands in the way of one is found here. */
import type { Context } from 'fabric-contract-api';

import type { Command, CommandDraft, IssueOutcome } from '../protocol/command/command.ts';
import type { CatalogueEntry } from '../protocol/command/definition.ts';
import { misfitOfParameters } from '../protocol/command/parameters.ts';
import type { Device } from '../protocol/device.ts';
import { byLot } from '../protocol/device-lot.ts';
import { BiotError } from '../protocol/errors.ts';
import { resourceOf } from '../protocol/policy/device-resource.ts';
import type { Subject } from '../protocol/policy/request.ts';
import { serves } from '../protocol/tenants.ts';
import { Judge } from './caller.ts';
import { canonicalJson } from '../protocol/canonical-json.ts';
import { commands, findEntry } from './command-records.ts';
import { deedOf } from './deed.ts';
import { lookUpAll, ofTenants } from './device-records.ts';
import { instantAfter } from './proposal-instant.ts';

/** What a transaction's drafts are judged by, read once for all of them. */
interface Bench {
  readonly ctx: Context;
  readonly judge: Judge;
  /** Those that there are, of whatever tenant. */
  readonly devices: ReadonlyMap<string, Device>;
  /** Of the catalogue, by type and name. */
  readonly entries: Map<string, CatalogueEntry>;
  /** What the transaction has issued so far: a peer does not answer with what was only just put. */
  readonly issued: Map<string, Command>;
}

export interface Issue {
  readonly outcomes: IssueOutcome[];
  /** Those that were not there before. */
  readonly issued: Command[];
}

/** Judges drafts one after another: one that is refused keeps no other back. */
export async function issueCommands(ctx: Context, drafts: readonly CommandDraft[]): Promise<Issue> {
  const judge = await Judge.of(ctx, 'command:send');
  const devices = await lookUpAll(
    ctx.stub,
    drafts.flatMap((draft) => draft.devices),
  );
  const bench: Bench = { ctx, judge, devices, entries: new Map(), issued: new Map() };
  const outcomes: IssueOutcome[] = [];
  for (const draft of drafts) outcomes.push(await outcomeOf(bench, draft));
  return { outcomes, issued: [...bench.issued.values()] };
}

async function outcomeOf(bench: Bench, draft: CommandDraft): Promise<IssueOutcome> {
  try {
    return { command: await commandOf(bench, draft) };
  } catch (error) {
    if (!(error instanceof BiotError)) throw error;
    return { id: draft.id, problem: { code: error.code, message: error.message } };
  }
}

async function commandOf(bench: Bench, draft: CommandDraft): Promise<Command> {
  const { ctx, judge, issued } = bench;
  const known = issued.get(draft.id) ?? (await commands.get(ctx.stub, [draft.id]));
  if (known !== undefined) return again(known, draft, judge.subject);
  const devices = inOrder(draft).map((id) => ofTenants(judge.subject.tenants, id, bench.devices.get(id)));
  for (const device of devices) judge.require(resourceOf(device));
  const kind = kindOf(devices);
  const entry = await entryOf(bench, { type: kind.type, name: draft.name });
  requireFit(draft, entry, judge.subject);
  requireReady(devices, draft);
  const command = newCommand(ctx, draft, { kind, entry, by: judge.subject });
  issued.set(command.id, command);
  return command;
}

async function entryOf(
  { ctx, entries }: Bench,
  wanted: Pick<CatalogueEntry, 'type' | 'name'>,
): Promise<CatalogueEntry> {
  const place = `${wanted.type} ${wanted.name}`;
  const entry = entries.get(place) ?? (await findEntry(ctx, wanted));
  entries.set(place, entry);
  return entry;
}

/** The same command, sent once more by who issued it. What a draft leaves open was settled then. */
function again(known: Command, draft: CommandDraft, by: Subject): Command {
  const { name, group, parameters, lifetimeSeconds = known.lifetimeSeconds } = draft;
  const said = { name, group, parameters, lifetimeSeconds, devices: inOrder(draft) };
  const same = canonicalJson({ ...known, ...said }) === canonicalJson(known);
  if (!same || known.issued.name !== by.name || !serves(by.tenants, known.tenant)) {
    throw new BiotError('INVALID_ARGUMENT', 'id: there is another command of this id');
  }
  return known;
}

/** In which order they were written down is nothing about a command. */
function inOrder({ devices }: CommandDraft): string[] {
  return [...devices].sort(byLot);
}

/** What the devices of a command have in common. */
type Kind = Pick<Command, 'type' | 'tenant' | 'org'>;

function kindOf([first, ...others]: readonly Device[]): Kind {
  if (first === undefined) throw new BiotError('INVALID_ARGUMENT', 'devices: a command is for at least one');
  const { type, tenant, org } = first;
  if (others.some((other) => other.type !== type || other.tenant !== tenant || other.org !== org)) {
    throw new BiotError(
      'INVALID_ARGUMENT',
      'devices: those of one command are of one type, one tenant and one organisation',
    );
  }
  return { type, tenant, org };
}

/** Whether the catalogue has it so: who may send it, with which parameters, for how long. */
function requireFit(
  { name, parameters, lifetimeSeconds }: CommandDraft,
  entry: CatalogueEntry,
  by: Subject,
): void {
  if (!entry.roles.some((role) => role === by.role)) {
    throw new BiotError('FORBIDDEN', `the catalogue has ${name} sent by ${entry.roles.join(' or ')} alone`);
  }
  const misfit = misfitOfParameters(entry.parameters, parameters);
  if (misfit !== undefined) throw new BiotError('PARAMETERS_INVALID', misfit);
  if (lifetimeSeconds !== undefined && lifetimeSeconds > entry.lifetimeSeconds) {
    throw new BiotError(
      'INVALID_ARGUMENT',
      `lifetimeSeconds: ${name} lives for ${entry.lifetimeSeconds} seconds at most`,
    );
  }
}

function requireReady(devices: readonly Device[], { group }: CommandDraft): void {
  for (const device of devices) {
    if (group !== null && !device.groups.includes(group))
      throw new BiotError('INVALID_ARGUMENT', `devices: ${device.id} is not in the group ${group}`);
    requireActive(device);
  }
}

/** @throws BiotError DEVICE_NOT_ACTIVE */
export function requireActive({ id, status }: Device): void {
  if (status !== 'active') {
    throw new BiotError('DEVICE_NOT_ACTIVE', `${id} is ${status}: only active devices are sent commands`);
  }
}

function newCommand(
  ctx: Context,
  draft: CommandDraft,
  { kind, entry, by }: { kind: Kind; entry: CatalogueEntry; by: Subject },
): Command {
  const { id, name, group, parameters, lifetimeSeconds = entry.lifetimeSeconds } = draft;
  return {
    id,
    name,
    ...kind,
    devices: inOrder(draft),
    group,
    parameters,
    version: entry.version,
    lifetimeSeconds,
    timeoutSeconds: entry.timeoutSeconds,
    state: entry.approval ? 'pending approval' : 'queued',
    issued: deedOf(ctx, by),
    decided: null,
    cancelled: null,
    reason: null,
    expiresAt: instantAfter(ctx, lifetimeSeconds),
  };
}
