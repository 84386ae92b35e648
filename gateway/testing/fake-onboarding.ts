/** The onboarding contracts in memory, as one member sees them, and an issuer of certificates. */
import { createHash, createPublicKey, randomBytes } from 'node:crypto';

import type { Device } from '../../chaincode/protocol/device.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { type Claim, claimResource } from '../../chaincode/protocol/onboarding/claim.ts';
import { codeId, readCode } from '../../chaincode/protocol/onboarding/code.ts';
import { type CodeRecord, stateAfter, unknownCode } from '../../chaincode/protocol/onboarding/state.ts';
import {
  obstacleToVoucher,
  requireRedeemer,
  type Voucher,
  voucherResource,
} from '../../chaincode/protocol/onboarding/voucher.ts';
import { resourceOf } from '../../chaincode/protocol/policy/device-resource.ts';
import type { Deed } from '../../chaincode/protocol/policy/proposal.ts';
import type { Subject } from '../../chaincode/protocol/policy/request.ts';
import type { CertificateIssuer } from '../../network/issuing/client.ts';
import type { IssueOrder } from '../../network/issuing/protocol.ts';
import type { ClaimLedger, VoucherLedger } from '../../network/ledger/onboarding.ts';
import type { FakeRegistry } from './fake-registry.ts';

export class FakeOnboarding {
  readonly claims = new Map<string, Claim>();
  readonly vouchers = new Map<string, Voucher>();
  readonly #registry: FakeRegistry;
  readonly #clock: () => number;

  constructor(registry: FakeRegistry, clock: () => number) {
    this.#registry = registry;
    this.#clock = clock;
  }

  claimsFor(subject: Subject): ClaimLedger {
    const registry = this.#registry;
    return {
      create: async ({ id, device, expiresAt }) => {
        await registry.judge(subject, 'claim:create', claimResource({ device, org: subject.org }));
        if (registry.device(device.id) !== undefined) throw new BiotError('DEVICE_EXISTS', 'there is one');
        const { groups = [], tags = {}, ...rest } = device;
        const record = this.#record(subject, { id, expiresAt });
        return this.#keepClaim({ ...record, device: { ...rest, groups, tags }, keyFingerprint: null });
      },
      redeem: async (code, publicKey) => {
        const claim = this.#claim(codeId(readCode(code)));
        await registry.judge(subject, 'claim:redeem', claimResource(claim));
        const after = this.#ended(claim, 'redeem', subject);
        const { device: promised, org } = claim;
        const reason = `claim ${claim.id}`;
        const fields = { ...promised, publicKey, org, reason, by: subject.name, status: 'active' } as const;
        const device = registry.add(promised.id, fields);
        return { ...this.#keepClaim({ ...after, keyFingerprint: fingerprint(publicKey) }), device };
      },
      withdraw: async (id, reason) => {
        const claim = this.#claim(id);
        await registry.judge(subject, 'claim:withdraw', claimResource(claim));
        return this.#keepClaim({ ...this.#ended(claim, 'withdraw', subject), reason });
      },
      get: async (id) => {
        await registry.judge(subject, 'claim:read', {});
        return this.#claim(id);
      },
      list: () =>
        Promise.resolve({
          claims: [...this.claims.values()].filter((claim) =>
            registry.allows(subject, 'claim:read', claimResource(claim)),
          ),
          bookmark: '',
        }),
    };
  }

  vouchersFor(subject: Subject): VoucherLedger {
    const registry = this.#registry;
    return {
      create: async ({ id, devices, expiresAt, to = null }) => {
        for (const device of this.#devices(devices)) {
          await registry.judge(subject, 'voucher:create', resourceOf(device));
        }
        return this.#keepVoucher({ ...this.#record(subject, { id, expiresAt }), devices, to });
      },
      redeem: async (code, { tenant, groups = [] }) => {
        const voucher = this.vouchers.get(codeId(readCode(code)));
        if (voucher === undefined) throw unknownCode('voucher');
        const { org } = subject;
        requireRedeemer(voucher, org);
        const before = this.#devices(voucher.devices);
        const after = before.map((device): Device => ({ ...device, org, tenant, groups, status: 'active' }));
        for (const device of after) await registry.judge(subject, 'voucher:redeem', resourceOf(device));
        const unfit = before.find((device) => obstacleToVoucher(device, voucher.org) !== undefined);
        if (unfit !== undefined) throw new BiotError('TRANSITION_ILLEGAL', unfit.id);
        const kept = this.#keepVoucher(this.#ended(voucher, 'redeem', subject));
        registry.put(after);
        return { ...kept, devices: after };
      },
      withdraw: async (id, reason) => {
        const voucher = this.vouchers.get(id);
        if (voucher === undefined) throw unknownCode('voucher');
        await registry.judge(subject, 'voucher:withdraw', voucherResource(voucher));
        return this.#keepVoucher({ ...this.#ended(voucher, 'withdraw', subject), reason });
      },
      list: () =>
        Promise.resolve({
          vouchers: [...this.vouchers.values()].filter((voucher) =>
            registry.allows(subject, 'voucher:read', voucherResource(voucher)),
          ),
          bookmark: '',
        }),
    };
  }

  #devices(ids: readonly string[]): Device[] {
    return ids.map((id) => {
      const device = this.#registry.device(id);
      if (device === undefined) throw new BiotError('DEVICE_UNKNOWN', `no device ${id}`);
      return device;
    });
  }

  #claim(id: string): Claim {
    const claim = this.claims.get(id);
    if (claim === undefined) throw unknownCode('claim');
    return claim;
  }

  #keepClaim(claim: Claim) {
    this.claims.set(claim.id, claim);
    return { claim, transaction: claim.created.transaction, block: 12 };
  }

  #keepVoucher(voucher: Voucher) {
    this.vouchers.set(voucher.id, voucher);
    return { voucher, transaction: voucher.created.transaction, block: 12 };
  }

  #record(subject: Subject, { id, expiresAt }: { id: string; expiresAt: string }): CodeRecord {
    const { org } = subject;
    return { id, org, state: 'open', expiresAt, created: this.#deed(subject), ended: null, reason: null };
  }

  #ended<R extends CodeRecord>(record: R, step: 'redeem' | 'withdraw', subject: Subject): R {
    return { ...record, state: stateAfter(record, step, this.#clock()), ended: this.#deed(subject) };
  }

  #deed({ name, org }: Subject): Deed {
    const transaction = randomBytes(32).toString('hex');
    return { name, org, at: new Date(this.#clock()).toISOString(), transaction };
  }
}

/** Issues anything, and keeps what it was asked for. */
export class FakeIssuer implements CertificateIssuer {
  readonly orders: IssueOrder[] = [];
  failure: BiotError | undefined;

  issue(order: IssueOrder): Promise<string> {
    const { failure } = this;
    this.failure = undefined;
    if (failure !== undefined) return Promise.reject(failure);
    this.orders.push(order);
    return Promise.resolve(`certificate of ${order.device}`);
  }
}

function fingerprint(publicKey: string): string {
  const der = createPublicKey(publicKey).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex');
}
