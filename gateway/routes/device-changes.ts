import { z } from 'zod';

import {
  deviceSchema,
  MAX_REGISTRATIONS,
  reasonSchema,
  registrationSchema,
} from '../../chaincode/protocol/device.ts';
import type { ErrorCode } from '../../chaincode/protocol/errors.ts';
import type { Action } from '../../chaincode/protocol/policy/actions.ts';
import { resourceOf, resourceOfNew } from '../../chaincode/protocol/policy/device-resource.ts';
import type { DeviceCommitted, RegistryLedger } from '../../network/ledger/registry.ts';
import { mayForDevices } from '../http/access.ts';
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
  refusals: ['DEVICE_EXISTS', 'TYPE_UNKNOWN', 'KEY_INVALID', 'KEY_TAKEN', ...LEDGER_REFUSALS],
  async handle({ request: { body }, caller: { session, judge }, parts: { fleet } }) {
    for (const registration of body.devices)
      judge.require('device:register', resourceOfNew(registration, session.member.org));
    const { devices } = await session.registry.register(body.devices);
    await fleet.caughtUp(devices);
    return { devices };
  },
});

interface DeviceChange<Body extends object> {
  readonly action: Action;
  readonly method?: 'post' | 'put';
  /** Behind the device's own. */
  readonly path: string;
  readonly operation: string;
  readonly summary: string;
  readonly effect: string;
  readonly body: z.ZodType<Body>;
  /** What only we can see to be wrong. @throws BiotError with one of `refusals`, or INVALID_ARGUMENT */
  readonly check?: (body: Body, parts: Parts) => void;
  readonly commit: (registry: RegistryLedger, id: string, body: Body) => Promise<DeviceCommitted>;
  readonly refusals?: readonly ErrorCode[];
}

/** Has a change of one device committed as the member's own, and answers when our copy of the registry has it, too. */
export function deviceChangeRoute<Body extends object>({
  action,
  method = 'post',
  path,
  operation,
  summary,
  effect,
  body: bodySchema,
  check = () => undefined,
  commit,
  refusals = [],
}: DeviceChange<Body>): Route {
  return defineRoute({
    method,
    path: `/api/v1/devices/{id}/${path}`,
    tag,
    operation,
    summary,
    description: `${effect} ${SIGNED}`,
    access: mayForDevices(action, 'contract'),
    request: z.strictObject({ params: deviceParams, body: bodySchema }),
    answer: { status: 200, description: 'The device as the ledger has it now', schema: deviceSchema },
    refusals: ['DEVICE_UNKNOWN', 'TRANSITION_ILLEGAL', 'DEVICE_BUSY', ...refusals, ...LEDGER_REFUSALS],
    async handle({ request: { params, body }, caller: { session, judge }, parts }) {
      const { fleet } = parts;
      const known = fleet.known(params.id);
      if (known !== undefined) judge.require(action, resourceOf(known));
      check(body, parts);
      const { device } = await commit(session.registry, params.id, body);
      await fleet.caughtUp([device]);
      return device;
    },
  });
}

const statusChangeSchema = z.strictObject({ reason: reasonSchema }).meta({ id: 'StatusChange' });

function statusRoute(
  verb: 'activate' | 'suspend' | 'revoke',
  { summary, effect, refusals = [] }: { summary: string; effect: string; refusals?: readonly ErrorCode[] },
): Route {
  return deviceChangeRoute({
    action: `device:${verb}`,
    path: verb,
    operation: `${verb}Device`,
    summary,
    effect,
    refusals,
    body: statusChangeSchema,
    commit: (registry, id, { reason }) => registry[verb](id, reason),
  });
}

export const deviceChangeRoutes: readonly Route[] = [
  registerDevices,
  statusRoute('activate', {
    summary: 'Activate a device',
    effect: 'Its messages are taken from now on. The first time, its key becomes its own for good.',
    refusals: ['KEY_TAKEN'],
  }),
  statusRoute('suspend', {
    summary: 'Suspend a device',
    effect: 'Its messages are refused until it is activated again.',
  }),
  statusRoute('revoke', { summary: 'Revoke a device', effect: 'Its messages are refused for good.' }),
];
