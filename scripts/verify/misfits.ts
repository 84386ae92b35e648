/**
 * Batches that do not fit the place they claim. Before one is called changed or added, its content is looked for
 * among the headers that no batch was found for: it may have been moved, or its row deleted and its readings left.
 */
import type { Header } from '../../chaincode/protocol/header.ts';
import type { AnchoredLogs } from './anchored-logs.ts';
import type { LedgerView } from './ledger-view.ts';

export interface MisfitBatch {
  id: number;
  /** Roots that its rows or its witness copy give. */
  roots: readonly string[];
}

/** Finds for each misfit a header with its root whose batch was not found. */
export async function findHomes(
  view: LedgerView,
  logs: AnchoredLogs,
  misfits: readonly MisfitBatch[],
): Promise<Map<MisfitBatch, Header>> {
  const homes = new Map<MisfitBatch, Header>();
  const byRoot = indexByRoot(misfits);
  if (byRoot.size === 0) return homes;
  for (const log of logs.all()) {
    const { logId, size } = log.checkpoint;
    for await (const header of view.headers(logId, 0, size)) {
      const candidates = log.isFound(header.sequence) ? [] : (byRoot.get(header.root) ?? []);
      const misfit = candidates.find((candidate) => !homes.has(candidate));
      if (misfit !== undefined) homes.set(misfit, header);
    }
  }
  return homes;
}

function indexByRoot(misfits: readonly MisfitBatch[]): Map<string, MisfitBatch[]> {
  const index = new Map<string, MisfitBatch[]>();
  for (const misfit of misfits)
    for (const root of new Set(misfit.roots)) index.set(root, [...(index.get(root) ?? []), misfit]);
  return index;
}
