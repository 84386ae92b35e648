/** What may become of a command that was issued, as far as people decide about it. */
import type { Context } from 'fabric-contract-api';

import { type Command, commandIdSchema } from '../protocol/command/command.ts';
import { commandMayBecome } from '../protocol/command/state.ts';
import type { Device } from '../protocol/device.ts';
import { BiotError } from '../protocol/errors.ts';
import type { Action } from '../protocol/policy/actions.ts';
import { resourceOf } from '../protocol/policy/device-resource.ts';
import type { Deed } from '../protocol/policy/proposal.ts';
import { parseArgument } from './arguments.ts';
import { Judge } from './caller.ts';
import { canonicalJson } from '../protocol/canonical-json.ts';
import { requireActive } from './command-issue.ts';
import { findCommand, findEntry, writeCommands } from './command-records.ts';
import { deedOf } from './deed.ts';
import { findAnyDevices } from './device-records.ts';
import { instantAfter, proposalInstant } from './proposal-instant.ts';

interface CommandChange {
  readonly action: Action;
  readonly state: Command['state'];
  /** The other fields that change; throws BiotError when that is not possible. */
  readonly become: (
    command: Command,
    deed: Deed,
    devices: readonly Device[],
  ) => Partial<Command> | Promise<Partial<Command>>;
}

/** Changes a command, once it is sure that the caller may with each of its devices: -> the changed Command, as JSON. */
export async function changeCommand(
  ctx: Context,
  id: string,
  { action, state, become }: CommandChange,
): Promise<string> {
  const command = await findCommand(ctx, parseArgument('id', commandIdSchema, id));
  const { org, tenant } = command;
  // As they are now, but for whose they were: the command does not change hands with a device.
  const devices = await findAnyDevices(ctx, command.devices);
  const judge = await Judge.of(ctx, action);
  for (const device of devices) judge.require({ ...resourceOf(device), org, tenant });
  if (!commandMayBecome(command.state, state)) {
    throw new BiotError('TRANSITION_ILLEGAL', `command ${id} is ${command.state}: it cannot become ${state}`);
  }
  if (Date.parse(proposalInstant(ctx)) >= Date.parse(command.expiresAt)) {
    throw new BiotError('COMMAND_EXPIRED', `command ${id} has expired at ${command.expiresAt}`);
  }
  const changed = { ...command, state, ...(await become(command, deedOf(ctx, judge.subject), devices)) };
  await writeCommands(ctx, [changed]);
  return canonicalJson(changed);
}

/** What a second person decides: the four eyes have to be two people's. @throws BiotError FORBIDDEN */
export function decided({ issued }: Command, deed: Deed): Pick<Command, 'decided'> {
  if (deed.name === issued.name) {
    throw new BiotError(
      'FORBIDDEN',
      `${issued.name} issued the command: somebody else has to decide about it`,
    );
  }
  return { decided: deed };
}

/**
 * Approved, it lives on from now. It has to be one that could still be issued: it goes to devices as they are now.
 *
 * @throws BiotError FORBIDDEN, COMMAND_UNKNOWN, DEVICE_NOT_ACTIVE or TRANSITION_ILLEGAL
 */
export async function approved(
  ctx: Context,
  command: Command,
  { deed, devices }: { deed: Deed; devices: readonly Device[] },
): Promise<Partial<Command>> {
  const decision = decided(command, deed);
  await findEntry(ctx, command);
  for (const device of devices) {
    if (device.org !== command.org || device.tenant !== command.tenant)
      throw new BiotError(
        'TRANSITION_ILLEGAL',
        `${device.id} has changed hands since it was sent the command`,
      );
    requireActive(device);
  }
  return { ...decision, expiresAt: instantAfter(ctx, command.lifetimeSeconds) };
}
