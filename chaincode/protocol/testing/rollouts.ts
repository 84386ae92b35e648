import type { Rollout, RolloutDraft } from '../firmware/rollout.ts';
import { rolloutDraftSchema } from '../firmware/rollout.ts';

/** A rollout to all devices at once, but for the fields that are given. */
export function rolloutDraft(fields: Partial<RolloutDraft> & Pick<RolloutDraft, 'release'>): RolloutDraft {
  return rolloutDraftSchema.parse({
    id: '018f2f6e-3a71-7c1e-9c9c-3f0c2a8c1d55',
    tenant: 'acme',
    phases: [{ percent: 100, successPercent: 80, failurePercent: 50 }],
    ratePerMinute: 60_000,
    approval: false,
    ...fields,
  });
}

const DEED = {
  name: 'admin@operator',
  org: 'OperatorMSP',
  at: '2026-01-01T00:00:00.000Z',
  transaction: '0'.repeat(64),
};

/** As the ledger has it. */
export function ledgerRollout(fields: Partial<Rollout> = {}): Rollout {
  return {
    ...rolloutDraft({ release: 'a'.repeat(64) }),
    ...{ org: 'OperatorMSP', type: 'thermometer', version: '1.2.0', state: 'running' },
    ...{ created: DEED, approved: null, changed: null, reason: null },
    ...fields,
  };
}
