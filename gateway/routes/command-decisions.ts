import { z } from 'zod';

import { commandMayBecome, COMMAND_STATES } from '../../chaincode/protocol/command/state.ts';
import { reasonSchema } from '../../chaincode/protocol/device.ts';
import { BiotError, type ErrorCode } from '../../chaincode/protocol/errors.ts';
import type { Action } from '../../chaincode/protocol/policy/actions.ts';
import { resourceOf } from '../../chaincode/protocol/policy/device-resource.ts';
import type { CommandCommitted, CommandLedger } from '../../network/ledger/commands.ts';
import type { StoredCommand } from '../../sql/queries/commands.ts';
import { type CommandView, commandViewSchema, viewOfRecord } from '../commands/command-views.ts';
import { mayForDevices, type Person } from '../http/access.ts';
import { defineRoute, type Route } from '../http/route.ts';
import type { Parts } from '../parts.ts';
import { commandParams } from './command-details.ts';
import { LEDGER_REFUSALS, SIGNED } from './device-changes.ts';
import { READ_REFUSALS } from './policies.ts';

const tag = 'Commands';

const answer = {
  status: 200,
  description: 'The command as the ledger has it now',
  schema: commandViewSchema,
} as const;

const refusals: readonly ErrorCode[] = [
  'COMMAND_UNKNOWN',
  'TRANSITION_ILLEGAL',
  ...READ_REFUSALS,
  ...LEDGER_REFUSALS,
];

interface Decision {
  readonly id: string;
  readonly action: Action;
  readonly commit: (commands: CommandLedger) => Promise<CommandCommitted>;
}

/** The contract judges by each device, and so do we: it cannot see from which network somebody asks. */
async function decide(
  { id, action, commit }: Decision,
  { session, judge }: Person,
  { fleet, store }: Parts,
): Promise<CommandView> {
  const { devices } = await session.commands.get(id);
  for (const device of devices.flatMap((name) => fleet.known(name) ?? []))
    judge.require(action, resourceOf(device));
  if (action === 'command:cancel') requireWaiting(await store.command({ id, tenants: judge.tenants }));
  return viewOfRecord((await commit(session.commands)).command);
}

/**
 * The ledger does not know what devices have done: it would take back what all of them have, and say so for ever. What
 * ingest has not stored yet waits.
 */
function requireWaiting(command: StoredCommand | undefined): void {
  const counted = COMMAND_STATES.map((state) => ({ state, number: command?.counts[state] ?? 0 }));
  const had = counted
    .filter(({ state }) => !commandMayBecome(state, 'cancelled'))
    .reduce((sum, { number }) => sum + number, 0);
  if (command === undefined || had < command.devices) return;
  const states = counted.filter(({ number }) => number > 0).map(({ state, number }) => `${number} ${state}`);
  throw new BiotError(
    'TRANSITION_ILLEGAL',
    `no device waits for this command any more: ${states.join(', ')}`,
  );
}

const approveCommand = defineRoute({
  method: 'post',
  path: '/api/v1/commands/{id}/approve',
  tag,
  operation: 'approveCommand',
  summary: 'Approve a command',
  description: `Its devices get it from now on, as long as it lives from now. Nobody approves a command of one’s own. ${SIGNED}`,
  access: mayForDevices('command:approve', 'contract'),
  request: z.strictObject({ params: commandParams }),
  answer,
  refusals: ['COMMAND_EXPIRED', ...refusals],
  handle: ({
    request: {
      params: { id },
    },
    caller,
    parts,
  }) => decide({ id, action: 'command:approve', commit: (commands) => commands.approve(id) }, caller, parts),
});

const reasonedSchema = z.strictObject({ reason: reasonSchema }).meta({ id: 'CommandReason' });

function endingRoute(
  verb: 'reject' | 'cancel',
  { action, summary, effect }: { action: Action; summary: string; effect: string },
): Route {
  return defineRoute({
    method: 'post',
    path: `/api/v1/commands/{id}/${verb}`,
    tag,
    operation: `${verb}Command`,
    summary,
    description: `${effect} ${SIGNED}`,
    access: mayForDevices(action, 'contract'),
    request: z.strictObject({ params: commandParams, body: reasonedSchema }),
    answer,
    refusals: verb === 'cancel' ? ['DATABASE_UNAVAILABLE', ...refusals] : refusals,
    handle: ({
      request: {
        params: { id },
        body,
      },
      caller,
      parts,
    }) => decide({ id, action, commit: (commands) => commands[verb](id, body.reason) }, caller, parts),
  });
}

export const commandDecisionRoutes: readonly Route[] = [
  approveCommand,
  endingRoute('reject', {
    action: 'command:approve',
    summary: 'Reject a command',
    effect: 'It ends without any device having heard of it.',
  }),
  endingRoute('cancel', {
    action: 'command:cancel',
    summary: 'Cancel a command',
    effect:
      'Devices that do not have it yet never get it. What a device has acknowledged goes on: nobody could say whether it was done.',
  }),
];
