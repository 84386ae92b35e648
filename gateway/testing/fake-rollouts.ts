/** The rollout contract in memory: rollouts as the ledger would have them. */
import { randomBytes } from 'node:crypto';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import {
  ledgerStateAfter,
  type Rollout,
  rolloutResource,
  type RolloutStep,
} from '../../chaincode/protocol/firmware/rollout.ts';
import type { Action } from '../../chaincode/protocol/policy/actions.ts';
import type { Deed } from '../../chaincode/protocol/policy/proposal.ts';
import type { Subject } from '../../chaincode/protocol/policy/request.ts';
import { serves } from '../../chaincode/protocol/tenants.ts';
import type { RolloutCommitted, RolloutLedger } from '../../network/ledger/rollouts.ts';
import type { FakeFirmware } from './fake-firmware.ts';
import type { FakeRegistry } from './fake-registry.ts';

const ACTIONS: Readonly<Record<RolloutStep, Action>> = {
  approve: 'rollout:approve',
  pause: 'rollout:control',
  resume: 'rollout:control',
  cancel: 'rollout:control',
};

export class FakeRollouts {
  readonly rollouts = new Map<string, Rollout>();
  readonly #registry: FakeRegistry;
  readonly #firmware: FakeFirmware;

  constructor(registry: FakeRegistry, firmware: FakeFirmware) {
    this.#registry = registry;
    this.#firmware = firmware;
  }

  actingAs(subject: Subject): RolloutLedger {
    const take = async (
      id: string,
      step: RolloutStep,
      changes: (deed: Deed) => Partial<Rollout>,
    ): Promise<RolloutCommitted> => {
      const rollout = this.#find(subject, id);
      await this.#registry.judge(subject, ACTIONS[step], rolloutResource(rollout));
      if (step === 'approve' && rollout.created.name === subject.name)
        throw new BiotError('FORBIDDEN', 'somebody else has to approve it');
      const state = ledgerStateAfter(rollout.state, step);
      return this.#put({ ...rollout, ...changes(this.#deed(subject)), state });
    };
    return {
      create: async (draft) => {
        const { type, version } = await this.#firmware.actingAs(subject).release(draft.release);
        const about = { ...draft, org: subject.org, type, version };
        await this.#registry.judge(subject, 'rollout:create', rolloutResource(about));
        return this.#put({
          ...{ ...about, state: draft.approval ? 'pending approval' : 'running' },
          ...{ created: this.#deed(subject), approved: null, changed: null, reason: null },
        });
      },
      approve: (id) => take(id, 'approve', (approved) => ({ approved })),
      pause: (id, reason) => take(id, 'pause', (changed) => ({ changed, reason })),
      resume: (id) => take(id, 'resume', (changed) => ({ changed, reason: null })),
      cancel: (id, reason) => take(id, 'cancel', (changed) => ({ changed, reason })),
      get: (id) =>
        new Promise((resolve) => {
          resolve(this.#find(subject, id));
        }),
    };
  }

  #put(rollout: Rollout): RolloutCommitted {
    this.rollouts.set(rollout.id, rollout);
    return { rollout, transaction: 'f'.repeat(64), block: 12 };
  }

  #find({ tenants }: Subject, id: string): Rollout {
    const rollout = this.rollouts.get(id);
    if (rollout !== undefined && serves(tenants, rollout.tenant)) return rollout;
    throw new BiotError('NOT_FOUND', `the ledger has no rollout ${id}`);
  }

  #deed({ name, org }: Subject): Deed {
    const at = new Date(this.#registry.now).toISOString();
    return { name, org, at, transaction: randomBytes(32).toString('hex') };
  }
}
