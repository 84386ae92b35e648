import { BiotError } from '../../chaincode/protocol/errors.ts';
import { alerts } from './alerts.ts';
import { anomaly } from './anomaly.ts';
import type { Bench } from './bench.ts';
import { commands } from './commands.ts';
import { exporting } from './export.ts';
import { identity } from './identity.ts';
import { ingest } from './ingest.ts';
import { rollout } from './rollout.ts';
import { verify } from './verify.ts';

/** Every bench by its name on the command line. */
export const BENCHES: ReadonlyMap<string, Bench> = new Map([
  ['alerts', alerts],
  ['anomaly', anomaly],
  ['commands', commands],
  ['export', exporting],
  ['identity', identity],
  ['ingest', ingest],
  ['rollout', rollout],
  ['verify', verify],
]);

export interface NamedBench {
  readonly name: string;
  readonly bench: Bench;
}

/** @throws BiotError INVALID_ARGUMENT listing the names, unless exactly one bench is named */
export function chooseBench(
  positionals: readonly string[],
  benches: ReadonlyMap<string, Bench> = BENCHES,
): NamedBench {
  const known = `known are ${[...benches.keys()].join(', ')}`;
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0)
    throw new BiotError('INVALID_ARGUMENT', `name one bench; ${known}`);
  const bench = benches.get(name);
  if (bench === undefined)
    throw new BiotError('INVALID_ARGUMENT', `there is no bench ${JSON.stringify(name)}; ${known}`);
  return { name, bench };
}
