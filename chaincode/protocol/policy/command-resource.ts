import type { Command } from '../command/command.ts';
import type { CatalogueEntry } from '../command/definition.ts';
import type { Resource } from './request.ts';

/** What a policy may ask about a command of the catalogue: the same wherever it is asked. */
export function resourceOfEntry({ org, type }: Pick<CatalogueEntry, 'org' | 'type'>): Resource {
  return { org, type };
}

/** What it may ask about reading a command, which is for many devices. Sending one is asked about for each of them. */
export function resourceOfCommand({ org, tenant, type }: Pick<Command, 'org' | 'tenant' | 'type'>): Resource {
  return { org, tenant, type };
}
