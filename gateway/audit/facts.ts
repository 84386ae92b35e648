/**
 * What of a request and its answer the audit trail keeps. Only fields that are named here: a body may hold passwords,
 * codes and keys, and one that is added later must not be told because nobody thought of the trail.
 */
import { z } from 'zod';

import { deviceIdSchema, tenantSchema, transactionIdSchema } from '../../chaincode/protocol/identifiers.ts';

const TOLD = [
  'reason',
  'name',
  'type',
  'group',
  'groups',
  'to',
  'activate',
  'channel',
  'contract',
  'method',
  'expiresAt',
] as const;
const MOST_CHARACTERS = 500;
const MOST_ITEMS = 50;

type Told = string | number | boolean | string[];

const toldSchema = z.union([
  z.string().transform((text) => text.slice(0, MOST_CHARACTERS)),
  z.number(),
  z.boolean(),
  z.array(z.string().max(MOST_CHARACTERS)).max(MOST_ITEMS),
]);

/** What was asked, after validation. */
export interface Asked {
  readonly params?: unknown;
  readonly query?: unknown;
  readonly body?: unknown;
}

export interface Facts {
  readonly devices: readonly string[];
  readonly tenant: string | null;
  readonly subject: string | null;
  readonly transaction: string | null;
  readonly told: Readonly<Record<string, Told>>;
}

/** What only a handler knows. */
export type Added = Partial<Omit<Facts, 'tenant'>>;

/** @param path of the route: an `id` under `/devices/` is a device's */
export function factsOf(path: string, asked: Asked, answer: unknown): Facts {
  const { body, query } = asked;
  const params = recordOf(asked.params);
  const ofDevice = path.startsWith('/api/v1/devices/{id}');
  const device = ofDevice ? idOf(params['id']) : undefined;
  const others = Object.entries(params).filter(([name]) => !ofDevice || name !== 'id');
  const devices = device === undefined ? devicesIn(answer, body) : [device];
  const subject = others.map(([, value]) => String(value)).join('/') || subjectIn(answer);
  return {
    devices: [...new Set(devices)],
    // What was refused is in no tenant, whatever was claimed.
    tenant: (answer === undefined ? undefined : (tenantIn(answer) ?? tenantIn(body))) ?? null,
    subject: subject === undefined || devices.includes(subject) ? null : subject.slice(0, 200),
    transaction: transactionIn(answer) ?? null,
    told: { ...toldIn(query), ...toldIn(body) },
  };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function idOf(value: unknown): string | undefined {
  const id = typeof value === 'string' ? value : recordOf(value)['id'];
  return deviceIdSchema.safeParse(id).data;
}

/** `device` or `devices` of the answer, else of what was asked: ids, or records with an id. */
function devicesIn(...places: unknown[]): string[] {
  for (const place of places) {
    const { device, devices } = recordOf(place);
    const found = (Array.isArray(devices) ? devices : [device]).map(idOf).filter((id) => id !== undefined);
    if (found.length > 0) return found;
  }
  return [];
}

/** The answer itself and the records in it: one of them is what was changed. */
function recordsIn(answer: unknown): Readonly<Record<string, unknown>>[] {
  const whole = recordOf(answer);
  const parts: unknown[] = Object.values(whole).map((value: unknown): unknown =>
    Array.isArray(value) ? value[0] : value,
  );
  return [whole, ...parts.map(recordOf)];
}

function firstIn<Value>(
  records: readonly Readonly<Record<string, unknown>>[],
  field: string,
  schema: z.ZodType<Value>,
): Value | undefined {
  for (const record of records) {
    // Most have no such field, and a refusal by a schema costs more than all the rest.
    const found = field in record ? schema.safeParse(record[field]).data : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The answer's own; else that of the last deed in it, as a command that was approved has two. */
function transactionIn(answer: unknown): string | undefined {
  const [whole = {}, ...parts] = recordsIn(answer);
  return firstIn([whole, ...parts.reverse()], 'transaction', transactionIdSchema);
}

const tenantIn = (answer: unknown): string | undefined => firstIn(recordsIn(answer), 'tenant', tenantSchema);
/** Of what was made: a claim, a voucher, a proposal, an import. */
const subjectIn = (answer: unknown): string | undefined =>
  devicesIn(answer).length > 0 ? undefined : firstIn(recordsIn(answer), 'id', z.string().min(1));

function toldIn(part: unknown): Record<string, Told> {
  const record = recordOf(part);
  const found: Record<string, Told> = {};
  for (const name of TOLD) {
    if (!(name in record)) continue;
    const value = toldSchema.safeParse(record[name]);
    if (value.success) found[name] = value.data;
  }
  return found;
}
