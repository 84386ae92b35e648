import { z } from 'zod';
import {
  type ReleaseDraft,
  type SignedRelease,
  signedReleaseSchema,
} from '../../chaincode/protocol/firmware/release.ts';
import {
  type VendorKey,
  type VendorKeyDraft,
  vendorKeySchema,
} from '../../chaincode/protocol/firmware/vendor-key.ts';
import type { Committed, CorroboratingClient, LedgerCall } from './client.ts';
import { parseResult } from './contract-results.ts';

export type ReleaseCommitted = Committed & { readonly release: SignedRelease };
export type VendorKeyCommitted = Committed & { readonly key: VendorKey };

/**
 * Releases of firmware, on the channel `registry`. Whoever approves one, or lets devices have it, must not be shown what one
 * peer makes of it: what is read here is read by the word of two organisations. Refusals bear the contract's codes; see
 * LedgerError for the rest.
 */
export interface FirmwareLedger {
  /** As the caller's organisation's key. */
  registerKey(draft: VendorKeyDraft): Promise<VendorKeyCommitted>;
  revokeKey(id: string, reason: string): Promise<VendorKeyCommitted>;
  /** In the order of their ids. */
  keys(): Promise<VendorKey[]>;
  publish(draft: ReleaseDraft): Promise<ReleaseCommitted>;
  /** By a member of another organisation than the one that published it. */
  approve(id: string): Promise<ReleaseCommitted>;
  /** By a member of another organisation, likewise. */
  reject(id: string, reason: string): Promise<ReleaseCommitted>;
  withdraw(id: string, reason: string): Promise<ReleaseCommitted>;
  release(id: string): Promise<SignedRelease>;
  /** Of a type, or of all; by type, the newest version first. */
  releases(type?: string): Promise<SignedRelease[]>;
}

export function firmwareLedger(client: CorroboratingClient): FirmwareLedger {
  const ask = async <Schema extends z.ZodType>(
    schema: Schema,
    transaction: string,
    ...args: string[]
  ): Promise<z.output<Schema>> =>
    parseResult(schema, await client.corroborate(firmwareCall(transaction, args)));
  const changeKey = async (transaction: string, ...args: string[]): Promise<VendorKeyCommitted> => {
    const { result, ...committed } = await client.submit(firmwareCall(transaction, args));
    return { key: parseResult(vendorKeySchema, result), ...committed };
  };
  const change = async (transaction: string, ...args: string[]): Promise<ReleaseCommitted> => {
    const { result, ...committed } = await client.submit(firmwareCall(transaction, args));
    return { release: parseResult(signedReleaseSchema, result), ...committed };
  };
  return {
    registerKey: (draft) => changeKey('RegisterVendorKey', JSON.stringify(draft)),
    revokeKey: (id, reason) => changeKey('RevokeVendorKey', id, reason),
    keys: () => ask(z.array(vendorKeySchema), 'VendorKeys'),
    publish: (draft) => change('Publish', JSON.stringify(draft)),
    approve: (id) => change('Approve', id),
    reject: (id, reason) => change('Reject', id, reason),
    withdraw: (id, reason) => change('Withdraw', id, reason),
    release: (id) => ask(signedReleaseSchema, 'Get', id),
    releases: (type = '') => ask(z.array(signedReleaseSchema), 'List', type),
  };
}

function firmwareCall(transaction: string, args: readonly string[]): LedgerCall {
  return { channel: 'registry', contract: 'FirmwareContract', transaction, args };
}
