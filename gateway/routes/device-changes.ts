import { z } from 'zod';

import {
  type Device,
  deviceSchema,
  MAX_REGISTRATIONS,
  reasonSchema,
  registrationSchema,
} from '../../chaincode/protocol/device.ts';
import type { ErrorCode } from '../../chaincode/protocol/errors.ts';
import type { Action } from '../../chaincode/protocol/policy/actions.ts';
import { resourceOf } from '../../chaincode/protocol/policy/device-resource.ts';
import type { DeviceCommitted, RegistryLedger } from '../../network/ledger/registry.ts';
import { mayForDevices, type Person } from '../http/access.ts';
import { defineRoute, type Route } from '../http/route.ts';
import type { Parts } from '../parts.ts';
import { deviceParams } from './device-views.ts';

const tag = 'Devices';

/** What any transaction may end in. */
export const LEDGER_REFUSALS: readonly ErrorCode[] = [
  'LEDGER_UNAVAILABLE',
  'LEDGER_TIMEOUT',
  'LEDGER_ENDORSE_FAILED',
  'LEDGER_SUBMIT_FAILED',
  'LEDGER_COMMIT_UNKNOWN',
  'LEDGER_COMMIT_INVALID',
];

/** The contract decides, so our copy of the registry may be stale: suspending must not depend on it. */
export const SIGNED =
  'The transaction is signed with the member’s own key, and the answer comes when it is in a block.';

/** 500 registrations are more than other bodies may have. */
const REGISTRATION_BYTES = 256 * 1024;

export const devicesSchema = z.strictObject({ devices: z.array(deviceSchema) }).meta({ id: 'Devices' });

const registerDevices = defineRoute({
  method: 'post',
  path: '/api/v1/devices',
  tag,
  operation: 'registerDevices',
  summary: 'Register devices',
  description: `Registers up to ${MAX_REGISTRATIONS} devices for the member’s organisation in one transaction: all, or none. ${SIGNED}`,
  access: mayForDevices('device:register', 'contract'),
  maximumBytes: REGISTRATION_BYTES,
  request: z.strictObject({
    body: z
      .strictObject({ devices: z.array(registrationSchema).min(1).max(MAX_REGISTRATIONS) })
      .meta({ id: 'Registrations' }),
  }),
  answer: {
    status: 201,
    description: 'The devices as the ledger has them now',
    schema: devicesSchema,
  },
  refusals: ['DEVICE_EXISTS', 'TYPE_UNKNOWN', 'KEY_INVALID', ...LEDGER_REFUSALS],
  async handle({ request: { body }, caller: { session, judge }, parts: { fleet } }) {
    for (const { id, tenant, type, groups = [] } of body.devices) {
      const { org } = session.member;
      judge.require('device:register', { device: id, org, tenant, type, groups, status: 'registered' });
    }
    const { devices } = await session.registry.register(body.devices);
    await fleet.caughtUp(devices);
    return { devices };
  },
});

/** What all routes that change one device have in common. */
export function deviceChange(action: Action, more: readonly ErrorCode[] = []) {
  return {
    tag,
    access: mayForDevices(action, 'contract'),
    answer: { status: 200, description: 'The device as the ledger has it now', schema: deviceSchema },
    refusals: ['DEVICE_UNKNOWN', 'TRANSITION_ILLEGAL', 'DEVICE_BUSY', ...more, ...LEDGER_REFUSALS],
  } as const;
}

interface Change {
  readonly action: Action;
  readonly id: string;
  readonly commit: (registry: RegistryLedger) => Promise<DeviceCommitted>;
}

/** Has a change committed as the member’s own, and answers when our copy of the registry has it, too. */
export async function changeDevice(
  { caller: { session, judge }, parts: { fleet } }: { caller: Person; parts: Parts },
  { action, id, commit }: Change,
): Promise<Device> {
  const known = fleet.known(id);
  if (known !== undefined) judge.require(action, resourceOf(known));
  const { device } = await commit(session.registry);
  await fleet.caughtUp([device]);
  return device;
}

interface StatusChange {
  verb: 'activate' | 'suspend' | 'revoke';
  summary: string;
  effect: string;
}

const statusChangeSchema = z.strictObject({ reason: reasonSchema }).meta({ id: 'StatusChange' });

function statusRoute({ verb, summary, effect }: StatusChange): Route {
  const action = `device:${verb}` as const;
  return defineRoute({
    ...deviceChange(action),
    method: 'post',
    path: `/api/v1/devices/{id}/${verb}`,
    operation: `${verb}Device`,
    summary,
    description: `${effect} ${SIGNED}`,
    request: z.strictObject({ params: deviceParams, body: statusChangeSchema }),
    handle: ({
      request: {
        params: { id },
        body,
      },
      ...asked
    }) => changeDevice(asked, { action, id, commit: (registry) => registry[verb](id, body.reason) }),
  });
}

export const deviceChangeRoutes: readonly Route[] = [
  registerDevices,
  statusRoute({
    verb: 'activate',
    summary: 'Activate a device',
    effect: 'Its messages are taken from now on.',
  }),
  statusRoute({
    verb: 'suspend',
    summary: 'Suspend a device',
    effect: 'Its messages are refused until it is activated again.',
  }),
  statusRoute({ verb: 'revoke', summary: 'Revoke a device', effect: 'Its messages are refused for good.' }),
];
