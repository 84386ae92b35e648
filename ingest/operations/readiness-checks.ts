import type { Troubles } from '../../network/anchoring/troubles.ts';
import type { WorkerParts } from '../worker-parts.ts';
import type { ReadinessChecks } from './operations-server.ts';

/** Whether a worker could do its work now, by what it would need for it. */
export function readinessChecks(
  { broker, database, mirror }: Pick<WorkerParts, 'broker' | 'database' | 'mirror'>,
  troubles: Troubles,
): ReadinessChecks {
  return {
    broker: () => broker.connected(),
    ledger: () => mirror.freshness().fresh,
    anchoring: () => troubles.reasons().anchoring === undefined,
    storage: () => troubles.reasons().storage === undefined,
    database: () =>
      database.query('SELECT 1').then(
        () => true,
        () => false,
      ),
  };
}
