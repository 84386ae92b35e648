/** How far a command has come, as people are told. */
import { COMMAND_STATES, isFinal } from '../../../chaincode/protocol/command/state.ts';
import type { Action, CommandState, CommandView, Member } from '../api/types.ts';

export const STATE_HINTS: Readonly<Record<CommandState, string>> = {
  'pending approval': 'A second person has to approve it',
  queued: 'Waits until its device can get it',
  sent: 'The broker has taken it for the device; no more is known',
  acknowledged: 'The device has it',
  running: 'The device is at it',
  succeeded: 'The device says that it is done',
  failed: 'The device could not do it, or gave no result in time',
  rejected: 'Refused by the second person, or by the device',
  expired: 'Its lifetime was over before the device had it',
  cancelled: 'Taken back before the device had it',
};

interface StateCount {
  readonly state: CommandState;
  readonly count: number;
}

/** How many of its devices are in each state; by the ledger's word alone until there is more. */
export function stateCounts({
  counts,
  state,
  devices,
}: Pick<CommandView, 'counts' | 'state' | 'devices'>): StateCount[] {
  if (counts === null) return [{ state, count: devices }];
  return COMMAND_STATES.flatMap((each) => {
    const count = counts[each] ?? 0;
    return count === 0 ? [] : [{ state: each, count }];
  });
}

/** One state for all of it, where there is one. */
export function singleState(
  command: Pick<CommandView, 'counts' | 'state' | 'devices'>,
): CommandState | undefined {
  const all = stateCounts(command);
  return all.length === 1 ? all[0]?.state : undefined;
}

export function finishedCount(command: Pick<CommandView, 'counts' | 'state' | 'devices'>): number {
  return stateCounts(command).reduce((sum, { state, count }) => (isFinal(state) ? sum + count : sum), 0);
}

type Decided = Pick<CommandView, 'state' | 'counts' | 'devices' | 'org' | 'issued' | 'expiresAt'>;

const CANCELLABLE: ReadonlySet<CommandState> = new Set<CommandState>(['pending approval', 'queued', 'sent']);

function canBeCancelled(command: Decided): boolean {
  return command.state !== 'cancelled' && stateCounts(command).some(({ state }) => CANCELLABLE.has(state));
}

/** What the member may do about it now: allowed, and possible. */
export function commandChoice(
  command: Decided,
  member: Pick<Member, 'name' | 'org'> | undefined,
  may: (action: Action) => boolean,
  now: number,
): { decide: boolean; cancel: boolean; note: string | undefined } {
  if (member?.org !== command.org || now >= command.expiresAt)
    return { decide: false, cancel: false, note: undefined };
  const waits = command.state === 'pending approval' && may('command:approve');
  const issuer = member.name === command.issued.by;
  return {
    decide: waits && !issuer,
    cancel: canBeCancelled(command) && may('command:cancel'),
    note: waits && issuer ? 'Somebody else of your organisation has to approve it.' : undefined,
  };
}
