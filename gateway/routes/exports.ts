import { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import {
  deviceIdSchema,
  deviceTypeSchema,
  groupSchema,
  tenantSchema,
} from '../../chaincode/protocol/identifiers.ts';
import { resourceOf } from '../../chaincode/protocol/policy/device-resource.ts';
import { sensorSchema } from '../../chaincode/protocol/sensors.ts';
import { serves, type Tenants } from '../../chaincode/protocol/tenants.ts';
import { FORMATS } from '../exports/formats.ts';
import { exportTelemetry } from '../exports/telemetry-export.ts';
import { mayForDevices, type Person } from '../http/access.ts';
import { download, downloadSchema } from '../http/download.ts';
import { instantField } from '../http/fields.ts';
import { Refusal } from '../http/problem.ts';
import { defineRoute, type Route } from '../http/route.ts';
import type { Fleet } from '../fleet.ts';
import type { Judge } from '../policy/judge.ts';

const querySchema = z.strictObject({
  format: z.enum(['csv', 'ndjson']),
  device: deviceIdSchema.optional(),
  type: deviceTypeSchema.optional(),
  group: groupSchema.optional(),
  tenant: tenantSchema.optional().meta({ description: 'Whose the readings were when they were stored' }),
  sensor: sensorSchema.optional(),
  from: instantField('The first instant, inclusive').optional(),
  to: instantField('The last instant, exclusive').optional(),
});
type Wanted = z.infer<typeof querySchema>;

function devicesOf({ device, type, group }: Wanted, { judge }: Person, fleet: Fleet): string[] {
  if (device !== undefined) judge.require('telemetry:read', resourceOf(fleet.requireKnown(device)));
  return fleet.select({ device, type, group });
}

function tenantsOf({ tenant }: Wanted, { tenants }: Judge): Tenants {
  if (tenant === undefined) return tenants;
  return serves(tenants, tenant) ? [tenant] : [];
}

/** `telemetry-20261123T101500Z.csv` */
function fileName(format: string, now: number): string {
  return `telemetry-${new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '')}.${format}`;
}

const exportReadings = defineRoute({
  method: 'get',
  path: '/api/v1/export/telemetry',
  tag: 'Telemetry',
  operation: 'exportTelemetry',
  summary: 'Readings as a file',
  description:
    'The readings that the asker may read of the devices that fit all that is given (without `device`, `type` and ' +
    '`group`: of all devices), as CSV (RFC 4180) or as one JSON object a line. Devices come in the order of their ids, ' +
    'each device’s readings newest first. `log` and `sequence` name the anchor of the reading’s batch, `id` is what its ' +
    'proof is asked for by; both are empty for a row that belongs to no batch. Instants are ISO 8601 in UTC here. In CSV a ' +
    'text that a spreadsheet would take for a formula has an apostrophe before it. With `Accept-Encoding: gzip` it is ' +
    'compressed. It may be of any length; when something goes wrong halfway, the connection breaks off and the file ' +
    'is to be thrown away. Two exports of a member run at a time, four of all.',
  access: mayForDevices('telemetry:read', 'last-known'),
  large: 'exports',
  request: z.strictObject({ query: querySchema }),
  answer: {
    status: 200,
    description: 'The readings',
    schema: downloadSchema,
    mediaTypes: ['text/csv', 'application/x-ndjson'],
  },
  refusals: ['DEVICE_UNKNOWN', 'DATABASE_UNAVAILABLE'],
  handle({ request: { query }, caller, exchange, parts: { fleet, store, sessions, metrics, clock } }) {
    const { format, sensor, from, to } = query;
    if (from !== undefined && to !== undefined && from >= to)
      throw new Refusal('INVALID_ARGUMENT', '`from` must be earlier than `to`');
    const { judge, session } = caller;
    const chunks = exportTelemetry({
      store,
      devices: devicesOf(query, caller, fleet),
      filter: { tenants: tenantsOf(query, judge), sensor, from, to },
      format: FORMATS[format],
      onPage: (rows) => {
        metrics.exported(rows);
      },
      mayGoOn: (id) => {
        if (exchange.closed) return false;
        if (sessions.use(session.id) === undefined)
          throw new BiotError('TOKEN_EXPIRED', 'the session has ended: sign in again');
        return judge.allows('telemetry:read', resourceOf(fleet.requireKnown(id)));
      },
    });
    return download({ mediaType: FORMATS[format].mediaType, fileName: fileName(format, clock()), chunks });
  },
});

export const exportRoutes: readonly Route[] = [exportReadings];
