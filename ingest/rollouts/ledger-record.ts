import {
  type Rollout,
  ROLLOUTS_EVENT,
  rolloutsEventSchema,
} from '../../chaincode/protocol/firmware/rollout.ts';
import { rolloutMayBecome, type RolloutState } from '../../chaincode/protocol/firmware/rollout-state.ts';
import { CHAINCODE, type LedgerBlock } from '../../network/ledger/client.ts';
import type { Queryable } from '../../sql/query.ts';
import {
  cancelWaiting,
  lockRollout,
  openPhases,
  putRollout,
  putStanding,
  type RolloutChange,
  type RolloutStanding,
} from '../../sql/writers/rollouts.ts';

/**
 * The rollouts that a block changed, as each of its transactions left them, in order.
 *
 * @throws Error when an event of ours cannot be understood: whoever cannot read the ledger must not go on
 */
export function rolloutsIn({ number: block, transactions }: LedgerBlock): RolloutChange[] {
  return transactions.flatMap(({ event }) => {
    if (event?.chaincode !== CHAINCODE || event.name !== ROLLOUTS_EVENT) return [];
    const { rollouts } = rolloutsEventSchema.parse(JSON.parse(Buffer.from(event.payload).toString()));
    return rollouts.map((rollout) => ({ rollout, block }));
  });
}

/** What the ledger's word makes of a rollout that is so far. */
function stateOf({ state }: Rollout, standing: RolloutStanding | undefined): RolloutState {
  if (state !== 'running') return state;
  return standing === undefined || standing.startedAt === null ? 'scheduled' : 'running';
}

/** Writes what a block says about a rollout. The same again changes nothing. */
export async function recordRollout(
  transaction: Queryable,
  change: RolloutChange,
  now: number,
): Promise<void> {
  const { rollout } = change;
  const standing = await lockRollout(transaction, rollout.id);
  const state = stateOf(rollout, standing);
  await putRollout(transaction, change, { state, now });
  if (standing === undefined || !rolloutMayBecome(standing.state, state)) return;
  const over = state === 'cancelled';
  await putStanding(
    transaction,
    { ...standing, state, finishedAt: over ? now : null, message: rollout.reason },
    now,
  );
  if (over) await cancelWaiting(transaction, rollout.id, now);
  // What waited for people has its whole time again.
  else if (state === 'running')
    await openPhases(transaction, { rollout: rollout.id, from: 1, to: standing.phase, now });
}
