import { z } from 'zod';

import { type StreamDefinition, streamDefinitionSchema } from '../../../chaincode/protocol/streams/stream.ts';
import type { StreamRequest } from '../api/types.ts';
import { wordsOf } from '../format/words-of.ts';

/** A stream as a form has it. What belongs to the other kind is kept, and says nothing. */
export interface StreamDraft {
  name: string;
  /** Empty for all tenants. */
  tenant: string;
  enabled: boolean;
  /** Apart from each other by commas or blanks; empty for all. So are the two after it. */
  types: string;
  devices: string;
  sensors: string;
  kind: 'webhook' | 'mqtt';
  url: string;
  broker: string;
  topic: string;
  /** Empty for none. */
  user: string;
  /** Never shown again: empty leaves it as it is. */
  password: string;
  /** PEM; empty for one of the public ones. */
  authority: string;
}

export function emptyStream(tenant: string): StreamDraft {
  return {
    ...{ name: '', tenant, enabled: true, types: '', devices: '', sensors: '' },
    ...{ kind: 'webhook', url: '', broker: '', topic: '', user: '', password: '', authority: '' },
  };
}

export function draftOfStream({ destination, filter, ...rest }: StreamDefinition): StreamDraft {
  const { types, devices, sensors } = filter;
  return {
    ...emptyStream(rest.tenant ?? ''),
    ...{ name: rest.name, enabled: rest.enabled, kind: destination.kind },
    ...{ types: listText(types), devices: listText(devices), sensors: listText(sensors) },
    ...(destination.kind === 'webhook' ? { url: destination.url } : brokerDraft(destination)),
  };
}

type Broker = Extract<StreamDefinition['destination'], { kind: 'mqtt' }>;

function brokerDraft({ url, topic, user, authority }: Broker): Partial<StreamDraft> {
  return { broker: url, topic, user: user ?? '', authority: authority ?? '' };
}

const listText = (names: readonly string[] | null): string => (names ?? []).join(', ');

export type StreamErrors = Partial<Record<keyof StreamDraft, string>>;

/**
 * By the schema that the gateway judges by.
 *
 * @param from what is changed: a password goes to the same broker and user alone
 */
export function streamOf(
  draft: StreamDraft,
  from?: StreamDefinition,
): { request: StreamRequest } | { errors: StreamErrors } {
  const made = streamDefinitionSchema.safeParse({
    name: draft.name,
    tenant: textOrNull(draft.tenant),
    enabled: draft.enabled,
    filter: {
      types: listOrNull(draft.types),
      devices: listOrNull(draft.devices),
      sensors: listOrNull(draft.sensors),
    },
    destination: destinationOf(draft),
  });
  if (!made.success) return { errors: errorsOf(made.error, draft.kind) };
  const definition = made.data;
  const { destination } = definition;
  if (destination.kind === 'webhook' || destination.user === null) return { request: definition };
  if (draft.password !== '') return { request: { ...definition, password: draft.password } };
  return from === undefined || isSameBroker(from.destination, destination)
    ? { request: definition }
    : { errors: { password: 'The broker, its user or its authority changes: give the password again.' } };
}

function destinationOf({ kind, url, broker, topic, user, authority }: StreamDraft): object {
  if (kind === 'webhook') return { kind, url: url.trim() };
  // As it stands: with a blank more or less it would be another, for which the password is asked again.
  const issuer = authority.trim() === '' ? null : authority;
  return { kind, url: broker.trim(), topic: topic.trim(), user: textOrNull(user), authority: issuer };
}

function isSameBroker(before: StreamDefinition['destination'], after: Broker): boolean {
  if (before.kind === 'webhook') return false;
  return (['url', 'user', 'authority'] as const).every((field) => before[field] === after[field]);
}

function textOrNull(text: string): string | null {
  return text.trim() === '' ? null : text.trim();
}

function listOrNull(text: string): string[] | null {
  const names = wordsOf(text);
  return names.length === 0 ? null : names;
}

const FIELDS: readonly (keyof StreamDraft)[] = [
  ...(['name', 'tenant', 'types', 'devices', 'sensors'] as const),
  ...(['url', 'topic', 'user', 'authority'] as const),
];

function errorsOf(error: z.ZodError, kind: StreamDraft['kind']): StreamErrors {
  const errors: StreamErrors = {};
  for (const { path, message } of error.issues) {
    const named = FIELDS.find((name) => path.includes(name));
    const field = named === 'url' && kind === 'mqtt' ? 'broker' : named;
    if (field !== undefined) errors[field] ??= message;
  }
  return errors;
}
