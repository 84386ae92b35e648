import { BiotError } from '../chaincode/protocol/errors.ts';
import type { Freshness } from '../network/mirror/registry-mirror.ts';

/** @throws BiotError LEDGER_STALE when our copy of the ledger has not been confirmed for longer than the bound */
export function requireFresh({ fresh, silentMs }: Freshness): void {
  if (fresh) return;
  const seconds = Math.round(silentMs / 1000);
  throw new BiotError(
    'LEDGER_STALE',
    `the ledger has not confirmed our copy for ${seconds} s: try again later`,
  );
}
