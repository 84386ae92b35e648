import { z } from 'zod';

import {
  deviceSchema,
  MAX_REGISTRATIONS,
  reasonSchema,
  registrationSchema,
} from '../../chaincode/protocol/device.ts';
import type { ErrorCode } from '../../chaincode/protocol/errors.ts';
import { mayForDevices } from '../http/access.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { resourceOf } from '../../chaincode/protocol/policy/device-resource.ts';
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
const SIGNED =
  'The transaction is signed with the member’s own key, and the answer comes when it is in a block.';

/** 500 registrations are more than other bodies may have. */
const REGISTRATION_BYTES = 256 * 1024;

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
    schema: z.strictObject({ devices: z.array(deviceSchema) }).meta({ id: 'Devices' }),
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

interface Change {
  verb: 'activate' | 'suspend' | 'revoke';
  summary: string;
  effect: string;
}

const statusChangeSchema = z.strictObject({ reason: reasonSchema }).meta({ id: 'StatusChange' });

function changeRoute({ verb, summary, effect }: Change): Route {
  const action = `device:${verb}` as const;
  return defineRoute({
    method: 'post',
    path: `/api/v1/devices/{id}/${verb}`,
    tag,
    operation: `${verb}Device`,
    summary,
    description: `${effect} ${SIGNED}`,
    access: mayForDevices(action, 'contract'),
    request: z.strictObject({
      params: deviceParams,
      body: statusChangeSchema,
    }),
    answer: { status: 200, description: 'The device as the ledger has it now', schema: deviceSchema },
    refusals: ['DEVICE_UNKNOWN', 'TRANSITION_ILLEGAL', 'DEVICE_BUSY', ...LEDGER_REFUSALS],
    async handle({ request: { params, body }, caller: { session, judge }, parts: { fleet } }) {
      const known = fleet.known(params.id);
      if (known !== undefined) judge.require(action, resourceOf(known));
      const { device } = await session.registry[verb](params.id, body.reason);
      await fleet.caughtUp([device]);
      return device;
    },
  });
}

export const deviceChangeRoutes: readonly Route[] = [
  registerDevices,
  changeRoute({
    verb: 'activate',
    summary: 'Activate a device',
    effect: 'Its messages are taken from now on.',
  }),
  changeRoute({
    verb: 'suspend',
    summary: 'Suspend a device',
    effect: 'Its messages are refused until it is activated again.',
  }),
  changeRoute({ verb: 'revoke', summary: 'Revoke a device', effect: 'Its messages are refused for good.' }),
];
