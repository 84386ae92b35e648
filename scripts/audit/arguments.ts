import { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { type AuditRequest, requestSchema } from '../../network/audit/request.ts';

const NO_PLACES: string[] = [];

export const OPTIONS = {
  blocks: { type: 'string', default: '20' },
  devices: { type: 'string', default: '20' },
  patience: { type: 'string', default: '10' },
  peer: { type: 'string', multiple: true, default: NO_PLACES },
  member: { type: 'string', default: 'auditor@auditor' },
  json: { type: 'boolean', default: false },
} as const;

const countSchema = z.union([
  z.literal('all'),
  z.string().regex(/^\d+$/, 'expected a number or all').transform(Number),
]);

/** `operator=10.0.0.7:7051` */
const placeSchema = z
  .string()
  .regex(/^[^=]+=[^=]+$/, 'expected NAME=HOST:PORT')
  .transform((place) => {
    const [name = '', address = ''] = place.split('=');
    return { name, address };
  });

const argumentsSchema = z.strictObject({
  blocks: countSchema,
  devices: countSchema,
  patience: z
    .string()
    .regex(/^\d+(\.\d+)?$/, 'expected seconds')
    .transform(Number),
  peer: z.array(placeSchema),
  member: z.string(),
  json: z.boolean(),
});

/** @throws BiotError INVALID_ARGUMENT */
export function parseArguments(values: unknown, positionals: readonly string[]): AuditRequest {
  if (positionals.length > 0)
    throw new BiotError('INVALID_ARGUMENT', `${positionals.join(' ')}: not understood, see --help`);
  const { blocks, devices, patience, peer, member } = checked(argumentsSchema, values);
  return checked(requestSchema, {
    auditor: member,
    addresses: Object.fromEntries(peer.map(({ name, address }) => [name, address])),
    scope: { blocks, devices, patienceMs: Math.round(patience * 1000) },
  });
}

function checked<Schema extends z.ZodType>(schema: Schema, values: unknown): z.output<Schema> {
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new BiotError(
    'INVALID_ARGUMENT',
    `--${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}, see --help`,
  );
}
