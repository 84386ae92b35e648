import { MAX_COMMAND_DEVICES } from '../../chaincode/protocol/command/command.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { resourceOf } from '../../chaincode/protocol/policy/device-resource.ts';
import type { Fleet } from '../fleet.ts';
import type { Judge } from '../policy/judge.ts';

interface Group {
  readonly group: string;
  readonly type?: string | undefined;
  readonly tenant?: string | undefined;
}

/**
 * The active devices of a group that the asker may send commands to, by their ids. Another organisation may have a group of
 * the same name.
 *
 * @throws BiotError INVALID_ARGUMENT when there is none, or too many; LEDGER_STALE
 */
export function devicesOfGroup(
  { group, type, tenant }: Group,
  { fleet, judge }: { fleet: Pick<Fleet, 'list'>; judge: Judge },
): string[] {
  const found = fleet.list({
    status: 'active',
    ...(type !== undefined && { type }),
    limit: MAX_COMMAND_DEVICES + 1,
    readable: (device) =>
      device.groups.includes(group) &&
      (tenant === undefined || device.tenant === tenant) &&
      judge.allows('command:send', resourceOf(device)),
  });
  if (found.length === 0)
    throw new BiotError('INVALID_ARGUMENT', `no active device of group ${group} that you may send it to`);
  if (found.length > MAX_COMMAND_DEVICES)
    throw new BiotError(
      'INVALID_ARGUMENT',
      `group ${group} has more than ${MAX_COMMAND_DEVICES} such devices: name them in several commands`,
    );
  return found.map(({ id }) => id);
}
