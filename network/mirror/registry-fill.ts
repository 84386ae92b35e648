import type { Device } from '../../chaincode/protocol/device.ts';
import type { LedgerClient } from '../ledger/client.ts';
import { readRules } from '../ledger/policies.ts';
import { registryLedger } from '../ledger/registry.ts';
import { typeLedger } from '../ledger/types.ts';
import { RegistryState } from './registry-state.ts';

export type MirrorClient = Pick<LedgerClient, 'evaluate' | 'submit' | 'height' | 'chain' | 'blocks'>;

export interface Fill {
  readonly state: RegistryState;
  /** Only with this block applied is the state one that the ledger once had. */
  readonly completeWith: number;
}

const PAGE_SIZE = 500;

/**
 * Reads all devices, page by page, all types and all rules. While that goes on the ledger may change: a page may show what a
 * later block brought, or miss it. So what was read counts as the state after the last block *before* the reading, on
 * which all blocks since have to be applied, and must not be believed before those up to the end of the reading are:
 * until then applying an old change to a newer record takes the record back.
 */
export async function fillRegistry(client: MirrorClient): Promise<Fill> {
  const heightBefore = await client.height('registry');
  const devices = await readAllDevices(client);
  const types = await typeLedger(client).list();
  const rules = await readRules(client, 'registry');
  const heightAfter = await client.height('registry');
  const state = new RegistryState({ devices, types, rules }, heightBefore - 1);
  return { state, completeWith: heightAfter - 1 };
}

async function readAllDevices(client: MirrorClient): Promise<Device[]> {
  const registry = registryLedger(client);
  const all: Device[] = [];
  const texts = new Texts();
  let bookmark = '';
  do {
    const page = await registry.list(PAGE_SIZE, bookmark);
    for (const device of page.devices) all.push(texts.sharedIn(device));
    bookmark = page.bookmark;
  } while (bookmark !== '');
  return all;
}

/** Fields that many devices have the same text in, as those that were registered together. */
const COMMON = ['tenant', 'type', 'org', 'by', 'reason', 'registeredAt', 'updatedAt', 'transaction'] as const;

/** Has each text in memory once: read from JSON, a fleet has one for each device, and a third of its memory is theirs. */
class Texts {
  readonly #known = new Map<string, string>();

  sharedIn(device: Device): Device {
    for (const field of COMMON) device[field] = this.#shared(device[field]);
    return device;
  }

  #shared(text: string): string {
    const known = this.#known.get(text);
    if (known === undefined) this.#known.set(text, text);
    return known ?? text;
  }
}
