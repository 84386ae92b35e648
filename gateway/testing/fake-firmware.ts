/** The firmware contract in memory: releases as the ledger would have them, whoever signed them. */
import { randomBytes } from 'node:crypto';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import {
  type Release,
  releaseResource,
  releaseStateAfter,
  type ReleaseStep,
  type SignedRelease,
} from '../../chaincode/protocol/firmware/release.ts';
import {
  checkVendorKey,
  type VendorKey,
  vendorKeyResource,
} from '../../chaincode/protocol/firmware/vendor-key.ts';
import type { Action } from '../../chaincode/protocol/policy/actions.ts';
import type { Subject } from '../../chaincode/protocol/policy/request.ts';
import type { FirmwareLedger, ReleaseCommitted } from '../../network/ledger/firmware.ts';
import type { FakeRegistry } from './fake-registry.ts';

const PLACE = { transaction: 'f'.repeat(64), block: 12 };

export class FakeFirmware {
  readonly releases = new Map<string, SignedRelease>();
  readonly keys = new Map<string, VendorKey>();
  /** How often all releases were asked for. */
  listed = 0;
  readonly #registry: FakeRegistry;

  constructor(registry: FakeRegistry) {
    this.#registry = registry;
  }

  actingAs(subject: Subject): FirmwareLedger {
    const judge = (action: Action, of: Pick<Release, 'org' | 'type'>): Promise<void> =>
      this.#registry.judge(subject, action, releaseResource(of));
    const deed = () => ({
      name: subject.name,
      org: subject.org,
      at: new Date(this.#registry.now).toISOString(),
      transaction: randomBytes(32).toString('hex'),
    });
    const take = async (
      id: string,
      step: ReleaseStep,
      action: Action,
      changes: Partial<Release>,
    ): Promise<ReleaseCommitted> => {
      const release = this.#find(id);
      await judge(action, release);
      return this.put({ ...release, ...changes, state: releaseStateAfter(release.state, step) });
    };
    return {
      registerKey: async ({ publicKey: pem, description }) => {
        const { org } = subject;
        await this.#registry.judge(subject, 'firmware:vendor-key', vendorKeyResource({ org }));
        const { id, publicKey } = checkVendorKey(pem);
        const key: VendorKey = {
          ...{ id, org, publicKey, description, state: 'active' },
          ...{ registered: deed(), revoked: null, reason: null },
        };
        this.keys.set(id, key);
        return { key, ...PLACE };
      },
      revokeKey: async (id, reason) => {
        const key = this.keys.get(id);
        if (key === undefined) throw new BiotError('NOT_FOUND', `the ledger has no vendor key ${id}`);
        await this.#registry.judge(subject, 'firmware:vendor-key', vendorKeyResource(key));
        const revoked: VendorKey = { ...key, state: 'revoked', revoked: deed(), reason };
        this.keys.set(id, revoked);
        return { key: revoked, ...PLACE };
      },
      keys: () => Promise.resolve([...this.keys.values()]),
      publish: async (draft) => {
        const key = this.keys.get(draft.vendorKey);
        if (key === undefined) throw new BiotError('FIRMWARE_INVALID', 'no such vendor key');
        await judge('firmware:publish', { org: key.org, type: draft.type });
        return this.put({
          ...{ ...draft, org: key.org, state: 'published', published: deed(), key },
          ...{ decided: null, withdrawn: null, reason: null },
        });
      },
      approve: (id) => take(id, 'approve', 'firmware:approve', { decided: deed() }),
      reject: (id, reason) => take(id, 'reject', 'firmware:approve', { decided: deed(), reason }),
      withdraw: (id, reason) => take(id, 'withdraw', 'firmware:publish', { withdrawn: deed(), reason }),
      release: async (id) => {
        const release = this.#find(id);
        await judge('firmware:read', release);
        return release;
      },
      releases: (type) => {
        this.listed += 1;
        const { failure } = this.#registry;
        this.#registry.failure = undefined;
        if (failure !== undefined) return Promise.reject(failure);
        return Promise.resolve(
          [...this.releases.values()].filter((release) => type === undefined || release.type === type),
        );
      },
    };
  }

  put(release: SignedRelease): ReleaseCommitted {
    this.releases.set(release.id, release);
    return { release, ...PLACE };
  }

  #find(id: string): SignedRelease {
    const release = this.releases.get(id);
    if (release === undefined) throw new BiotError('NOT_FOUND', `the ledger has no release ${id}`);
    return release;
  }
}
