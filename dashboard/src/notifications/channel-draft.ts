import { z } from 'zod';

import type { Severity } from '../../../chaincode/protocol/alerts/severity.ts';
import {
  type ChannelDefinition,
  channelDefinitionSchema,
} from '../../../chaincode/protocol/notifications/channel.ts';
import { wordsOf } from '../format/words-of.ts';

/** A channel as a form has it. */
export interface ChannelDraft {
  name: string;
  /** Empty for all tenants. */
  tenant: string;
  enabled: boolean;
  minimumSeverity: Severity;
  /** Ids, apart from each other by commas or blanks; empty for all. */
  rules: string;
  kind: 'webhook' | 'email';
  url: string;
  /** Addresses, apart from each other by commas or blanks. */
  to: string;
}

export function emptyChannel(tenant: string): ChannelDraft {
  const filter = { tenant, enabled: true, minimumSeverity: 'major' as const, rules: '' };
  return { name: '', ...filter, kind: 'webhook', url: '', to: '' };
}

export function draftOfChannel({ destination, tenant, rules, ...rest }: ChannelDefinition): ChannelDraft {
  return {
    ...rest,
    tenant: tenant ?? '',
    rules: (rules ?? []).join(', '),
    kind: destination.kind,
    url: destination.kind === 'webhook' ? destination.url : '',
    to: destination.kind === 'email' ? destination.to.join(', ') : '',
  };
}

export type ChannelErrors = Partial<Record<keyof ChannelDraft, string>>;

/** By the schema that the gateway judges by. */
export function channelOf(draft: ChannelDraft): { request: ChannelDefinition } | { errors: ChannelErrors } {
  const { kind, url, to, tenant, rules, ...rest } = draft;
  const named = wordsOf(rules);
  const made = channelDefinitionSchema.safeParse({
    ...rest,
    tenant: tenant.trim() === '' ? null : tenant.trim(),
    rules: named.length === 0 ? null : named,
    destination: kind === 'webhook' ? { kind, url: url.trim() } : { kind, to: wordsOf(to) },
  });
  return made.success ? { request: made.data } : { errors: errorsOf(made.error) };
}

const FIELDS: readonly (keyof ChannelDraft)[] = ['name', 'tenant', 'minimumSeverity', 'rules', 'url', 'to'];

function errorsOf(error: z.ZodError): ChannelErrors {
  const errors: ChannelErrors = {};
  for (const { path, message } of error.issues) {
    const field = FIELDS.find((name) => path.includes(name));
    if (field !== undefined) errors[field] ??= message;
  }
  return errors;
}
