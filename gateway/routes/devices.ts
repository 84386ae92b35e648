import { z } from 'zod';

import {
  type DeviceChange,
  deviceChangeSchema,
  deviceSchema,
  deviceStatusSchema,
} from '../../chaincode/protocol/device.ts';
import { hashHexSchema } from '../../chaincode/protocol/hash.ts';
import { deviceIdSchema, deviceTypeSchema } from '../../chaincode/protocol/identifiers.ts';
import { instantSchema } from '../../chaincode/protocol/message.ts';
import { absenceReasonSchema, presenceStateSchema } from '../../chaincode/protocol/presence/presence.ts';
import { mayForDevices } from '../http/access.ts';
import { cursorField, limitField, nextField, pageOf } from '../http/fields.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { resourceOf } from '../../chaincode/protocol/policy/device-resource.ts';
import { deviceParams, deviceViewSchema, viewOf, viewsOf } from './device-views.ts';

const tag = 'Devices';

const MOST_EVENTS = 100;

const devicePlaceSchema = z.strictObject({ after: deviceIdSchema });

const listDevices = defineRoute({
  method: 'get',
  path: '/api/v1/devices',
  tag,
  operation: 'listDevices',
  summary: 'List devices',
  description:
    'The devices that the asker may read, in the order of their ids, from a copy of the ledger that is at most five ' +
    'seconds old.',
  access: mayForDevices('device:read'),
  request: z.strictObject({
    query: z.strictObject({
      status: deviceStatusSchema.optional(),
      type: deviceTypeSchema.optional(),
      presence: presenceStateSchema.optional(),
      search: z
        .string()
        .trim()
        .max(64)
        .optional()
        .meta({ description: 'Part of an id, tenant or type; case does not matter' }),
      limit: limitField(50, 500),
      cursor: cursorField(devicePlaceSchema),
    }),
  }),
  answer: {
    status: 200,
    description: 'A page of devices',
    schema: z
      .strictObject({ devices: z.array(deviceViewSchema), next: nextField })
      .meta({ id: 'DeviceViewPage' }),
  },
  refusals: ['DATABASE_UNAVAILABLE'],
  async handle({ request: { query }, caller: { judge }, parts: { fleet, store } }) {
    const { status, type, presence, search, limit, cursor } = query;
    const among = presence === undefined ? undefined : await store.devicesIn(presence);
    const found = fleet.list({
      ...(status === undefined ? {} : { status }),
      ...(type === undefined ? {} : { type }),
      ...(search === undefined ? {} : { search }),
      ...(among === undefined ? {} : { among }),
      ...(cursor === undefined ? {} : { after: cursor.after }),
      limit: limit + 1,
      readable: (device) => judge.allows('device:read', resourceOf(device)),
    });
    const { page, next } = pageOf(found, limit, ({ id }) => ({ after: id }));
    return {
      devices: await viewsOf(page, { store, judge }),
      next,
    };
  },
});

const getDevice = defineRoute({
  method: 'get',
  path: '/api/v1/devices/{id}',
  tag,
  operation: 'getDevice',
  summary: 'Get a device',
  description: 'One device, from a copy of the ledger that is at most five seconds old.',
  access: mayForDevices('device:read'),
  request: z.strictObject({ params: deviceParams }),
  answer: { status: 200, description: 'The device', schema: deviceViewSchema },
  refusals: ['DEVICE_UNKNOWN', 'DATABASE_UNAVAILABLE'],
  async handle({ request: { params }, caller: { judge }, parts: { fleet, store } }) {
    const device = fleet.device(params.id);
    judge.require('device:read', resourceOf(device));
    return viewOf(device, { store, judge });
  },
});

/** By fingerprint: whoever compares keys compares those. */
const previousKeyViewSchema = z.strictObject({ keyFingerprint: hashHexSchema, until: z.iso.datetime() });

const changeSchema = z
  .strictObject({
    transaction: deviceChangeSchema.shape.transaction,
    timestamp: instantSchema.meta({
      description: 'As the submitting client named it; the order of blocks is the truth',
    }),
    status: deviceStatusSchema,
    epoch: deviceSchema.shape.epoch,
    org: deviceSchema.shape.org,
    keyFingerprint: deviceSchema.shape.keyFingerprint,
    previousKey: previousKeyViewSchema.nullable(),
    groups: deviceSchema.shape.groups,
    tags: deviceSchema.shape.tags,
    transfer: deviceSchema.shape.transfer,
    reason: deviceSchema.shape.reason,
    by: deviceSchema.shape.by,
  })
  .meta({ id: 'Change', description: 'A device as one change on the ledger left it' });
type Change = z.infer<typeof changeSchema>;

const deviceHistory = defineRoute({
  method: 'get',
  path: '/api/v1/devices/{id}/history',
  tag,
  operation: 'deviceHistory',
  summary: 'A device’s changes on the ledger',
  description:
    'Every change since its registration, newest first, read from the ledger with the member’s own key.',
  access: mayForDevices('device:read', 'contract'),
  request: z.strictObject({ params: deviceParams }),
  answer: {
    status: 200,
    description: 'The changes',
    schema: z.strictObject({ changes: z.array(changeSchema) }).meta({ id: 'History' }),
  },
  refusals: ['DEVICE_UNKNOWN', 'LEDGER_UNAVAILABLE', 'LEDGER_TIMEOUT', 'LEDGER_EVALUATE_FAILED'],
  async handle({ request: { params }, caller: { session } }) {
    const history = await session.registry.history(params.id);
    return { changes: history.map(changeOf) };
  },
});

function changeOf({ transaction, timestamp, device }: DeviceChange): Change {
  const { status, epoch, org, keyFingerprint, previousKey, groups, tags, transfer, reason, by } = device;
  const before =
    previousKey === null ? null : { keyFingerprint: previousKey.keyFingerprint, until: previousKey.until };
  return {
    transaction,
    timestamp: Date.parse(timestamp),
    status,
    epoch,
    org,
    keyFingerprint,
    previousKey: before,
    groups,
    tags,
    transfer,
    reason,
    by,
  };
}

const devicePresence = defineRoute({
  method: 'get',
  path: '/api/v1/devices/{id}/presence',
  tag,
  operation: 'devicePresence',
  summary: 'When a device came and went',
  description: 'The last changes of its presence, newest first, at most a hundred. From the database.',
  access: mayForDevices('device:read'),
  request: z.strictObject({ params: deviceParams }),
  answer: {
    status: 200,
    description: 'The changes',
    schema: z
      .strictObject({
        events: z.array(
          z.strictObject({
            state: presenceStateSchema,
            reason: absenceReasonSchema.nullable(),
            at: instantSchema,
          }),
        ),
      })
      .meta({ id: 'PresenceEvents' }),
  },
  refusals: ['DEVICE_UNKNOWN', 'DATABASE_UNAVAILABLE'],
  async handle({ request: { params }, caller: { judge }, parts: { fleet, store } }) {
    const device = fleet.requireKnown(params.id);
    judge.require('device:read', resourceOf(device));
    const { tenants } = judge;
    return { events: await store.presenceEvents({ device: device.id, tenants, limit: MOST_EVENTS }) };
  },
});

export const deviceRoutes: readonly Route[] = [listDevices, getDevice, deviceHistory, devicePresence];
