import type { Device, Registration } from '../../chaincode/protocol/device.ts';
import { byLot } from '../../chaincode/protocol/device-lot.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { PolicyLedger } from '../ledger/policies.ts';
import type { RegistryLedger } from '../ledger/registry.ts';
import type { TypeLedger } from '../ledger/types.ts';
import { type Patience, patiently } from './patience.ts';
import type { Ledger } from './plan.ts';

interface Contracts {
  readonly registry: Pick<RegistryLedger, 'list' | 'takenKeys'>;
  readonly policies: Pick<PolicyLedger, 'authorize'>;
  readonly types: Pick<TypeLedger, 'get'>;
  /** MSP id of the member who asks. */
  readonly org: string;
  /** With a peer that is briefly away. */
  readonly patience: Patience;
}

const PAGE_SIZE = 500;

/** What the contracts say to a member, for who has no copy of the registry. */
export function contractLedger({ registry, policies, types, org, patience }: Contracts): Ledger {
  const asked = <Answer>(ask: () => Promise<Answer>): Promise<Answer> => patiently(ask, patience);
  const decided = new Map<string, Promise<BiotError | undefined>>();
  const refusalOfType = typeRefusals({ get: (name) => asked(() => types.get(name)) });
  const decide = async ({ tenant, type, groups = [] }: Registration): Promise<BiotError | undefined> => {
    const resource = { org, tenant, type, groups, status: 'registered' } as const;
    const { allowed, reason } = await asked(() => policies.authorize(undefined, 'device:register', resource));
    return allowed ? refusalOfType(type) : new BiotError('FORBIDDEN', reason);
  };
  return {
    org,
    known: (ids) => readBetween((bookmark) => asked(() => registry.list(PAGE_SIZE, bookmark)), ids),
    takenKeys: (fingerprints) => asked(() => registry.takenKeys(fingerprints)),
    typeRefusal: refusalOfType,
    // Devices of a file are of a few kinds. A rule that names one by its id shows when that one is registered.
    refusal(registration) {
      const { tenant, type, groups = [] } = registration;
      const kind = JSON.stringify([tenant, type, ...groups]);
      const answer = decided.get(kind) ?? decide(registration);
      decided.set(kind, answer);
      return answer;
    },
  };
}

/** Asks once for each type whether the ledger knows it. */
export function typeRefusals(
  types: Pick<TypeLedger, 'get'>,
): (type: string) => Promise<BiotError | undefined> {
  const asked = new Map<string, Promise<BiotError | undefined>>();
  const ask = async (type: string): Promise<BiotError | undefined> => {
    try {
      await types.get(type);
      return undefined;
    } catch (error) {
      if (error instanceof BiotError && error.code === 'TYPE_UNKNOWN') return error;
      throw error;
    }
  };
  return (type) => {
    const answer = asked.get(type) ?? ask(type);
    asked.set(type, answer);
    return answer;
  };
}

/** Pages from the first id to the last, in the ledger's order: few of them when a fleet's ids have something in common. */
async function readBetween(
  pageFrom: (bookmark: string) => ReturnType<RegistryLedger['list']>,
  ids: readonly string[],
): Promise<Map<string, Device>> {
  const wanted = new Set(ids);
  const last = ids.at(-1) ?? '';
  const found = new Map<string, Device>();
  let bookmark = ids[0] ?? '';
  while (bookmark !== '' && byLot(bookmark, last) <= 0) {
    const page = await pageFrom(bookmark);
    for (const device of page.devices) if (wanted.has(device.id)) found.set(device.id, device);
    ({ bookmark } = page);
  }
  return found;
}
