import { z } from 'zod';

import { registrationSchema } from '../../chaincode/protocol/device.ts';
import { ERROR_CODES } from '../../chaincode/protocol/errors.ts';
import { problemSchema } from '../../network/import/problems.ts';
import { MAX_ROWS } from '../../network/import/survey.ts';
import { mayForDevices, signedIn } from '../http/access.ts';
import type { Exchange } from '../http/exchange.ts';
import { mediaTypeOf, requireMediaType } from '../http/json-body.ts';
import { defineRoute, type Route } from '../http/route.ts';
import type { ImportFile } from '../imports/imports.ts';
import { READ_REFUSALS } from './policies.ts';

const tag = 'Imports';

/** 50,000 devices with labels, as CSV or JSON. */
const FILE_BYTES = 32 * 1024 * 1024;
const CSV = 'text/csv';
const JSON_LIST = 'application/json';

const file = {
  access: mayForDevices('device:register'),
  large: 'files',
  maximumBytes: FILE_BYTES,
  request: z.strictObject({}),
  bytesBody: {
    mediaTypes: [CSV, JSON_LIST],
    description:
      'A CSV file (UTF-8, commas, RFC 4180) whose first line names the columns, in any order: `id`, `tenant`, `type`, ' +
      '`public_key` (P-256, in PEM with line ends as `\\n`, or base64 of its DER), and if wanted `groups` (separated by ' +
      `\`;\`) and \`tags\` (\`name=value;name=value\`); or a JSON list of registrations. At most ${MAX_ROWS} rows.`,
    schema: z.union([z.string(), z.array(registrationSchema)]).meta({ id: 'ImportFile' }),
  },
} as const;

const othersField = z
  .array(z.tuple([z.int().min(1), z.int().min(1)]))
  .meta({ description: 'First and last of lines that have problems, too, beyond those that are listed' });

function fileOf(exchange: Exchange): ImportFile {
  requireMediaType(exchange, file.bytesBody.mediaTypes);
  return { bytes: exchange.bytes, format: mediaTypeOf(exchange) === CSV ? 'csv' : 'json' };
}

const dryRun = defineRoute({
  ...file,
  method: 'post',
  path: '/api/v1/imports/dry-run',
  tag,
  operation: 'dryRunImport',
  audited: false,
  summary: 'What importing a file would do',
  description:
    'Looks at every row and compares it with the ledger: every bad one is named by line and column, and nothing is ' +
    'registered. A device that the ledger has with the same key, tenant and type exists; with anything else it is a problem.',
  answer: {
    status: 200,
    description: 'What was found',
    schema: z
      .strictObject({
        rows: z.int().min(0),
        valid: z.int().min(0).meta({ description: 'Rows that are right, those that exist among them' }),
        existing: z
          .int()
          .min(0)
          .meta({ description: 'Rows that the ledger has just so: an import skips them' }),
        idle: z.int().min(0).meta({ description: 'Those of them that were never active' }),
        problems: z.array(problemSchema),
        others: othersField,
      })
      .meta({ id: 'ImportPlan' }),
  },
  refusals: READ_REFUSALS,
  async handle({ caller, exchange, parts: { imports } }) {
    const { rows, valid, existing, idle, problems } = await imports.plan(caller, fileOf(exchange));
    return { rows, valid, existing, idle: idle.length, problems: problems.listed, others: problems.others };
  },
});

const begin = defineRoute({
  ...file,
  request: z.strictObject({
    query: z.strictObject({
      activate: z.enum(['true', 'false']).default('false').meta({
        description: 'Whether the devices become active, too, those among them that were registered before',
      }),
    }),
  }),
  method: 'post',
  path: '/api/v1/imports',
  tag,
  operation: 'beginImport',
  summary: 'Import a file of devices',
  description:
    'Registers the devices of the file for the member’s organisation, many in a transaction, and answers when that has ' +
    'begun. With one bad row nothing is registered. One import of a member runs at a time. It ends with the session that it ' +
    `was begun in; the same file sent again goes on from there, and registers nothing twice. The transactions are signed with the member’s own key.`,
  answer: {
    status: 202,
    description: 'It has begun',
    schema: z.strictObject({ id: z.uuid() }).meta({ id: 'ImportBegun' }),
  },
  refusals: [],
  handle({ request: { query }, caller, exchange, parts: { imports } }) {
    const { id, over } = imports.begin(caller, fileOf(exchange), { activate: query.activate === 'true' });
    exchange.keep(over);
    return { id };
  },
});

const progress = defineRoute({
  method: 'get',
  path: '/api/v1/imports/{id}',
  tag,
  operation: 'getImport',
  summary: 'How far an import has got',
  description: 'Of the member’s own imports, those that run and the last that ended.',
  access: signedIn,
  request: z.strictObject({ params: z.strictObject({ id: z.uuid() }) }),
  answer: {
    status: 200,
    description: 'The import',
    schema: z
      .strictObject({
        id: z.uuid(),
        state: z.enum(['running', 'done', 'failed']),
        total: z.int().min(0).meta({ description: 'Rows of the file; 0 until it was looked at' }),
        registered: z.int().min(0).meta({ description: 'Devices that this import registered' }),
        skipped: z.int().min(0).meta({ description: 'Devices that the ledger had just so' }),
        activated: z.int().min(0).meta({ description: 'Devices that this import activated' }),
        toActivate: z
          .int()
          .min(0)
          .meta({ description: 'Devices that it is to activate; 0 until all are registered' }),
        problems: z.array(problemSchema),
        others: othersField,
        failure: z
          .strictObject({ code: z.enum(ERROR_CODES), message: z.string() })
          .nullable()
          .meta({ description: 'Why it failed' }),
      })
      .meta({ id: 'ImportRun' }),
  },
  refusals: ['NOT_FOUND'],
  handle: ({ request: { params }, caller: { member }, parts: { imports } }) =>
    imports.find(member.name, params.id),
});

export const importRoutes: readonly Route[] = [dryRun, begin, progress];
