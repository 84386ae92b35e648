import type { Device, Registration } from '../../chaincode/protocol/device.ts';
import { serves } from '../../chaincode/protocol/tenants.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { resourceOfNew } from '../../chaincode/protocol/policy/device-resource.ts';
import { typeRefusals } from '../../network/import/ledger.ts';
import type { Ledger } from '../../network/import/plan.ts';
import type { Session } from '../auth/sessions.ts';
import type { Fleet } from '../fleet.ts';
import type { Judge } from '../policy/judge.ts';

/** Who imports, and what the policy lets that person do. */
export interface Importer {
  readonly session: Session;
  readonly judge: Judge;
}

/** What the ledger says to a member, as far as our copy of it can tell. */
export function memberLedger({ session, judge }: Importer, fleet: Fleet): Ledger {
  const refusalOfType = typeRefusals(session.types);
  const { org } = session.member;
  const isOurs = ({ tenant }: Device): boolean => serves(judge.tenants, tenant);
  return {
    org,
    known(ids) {
      fleet.requireFresh();
      const devices = ids.flatMap((id) => fleet.known(id) ?? []).filter(isOurs);
      return Promise.resolve(new Map(devices.map((device): [string, Device] => [device.id, device])));
    },
    takenKeys: (fingerprints) => session.registry.takenKeys(fingerprints),
    typeRefusal: refusalOfType,
    refusal(registration) {
      // A device of another tenant: that its id is taken is all that registering would tell, too.
      if (fleet.known(registration.id) !== undefined) return Promise.resolve(existing(registration));
      const { allowed, reason } = judge.decide('device:register', resourceOfNew(registration, org));
      return allowed ? refusalOfType(registration.type) : Promise.resolve(new BiotError('FORBIDDEN', reason));
    },
  };
}

function existing({ id }: Registration): BiotError {
  return new BiotError('DEVICE_EXISTS', `device ${id} is registered already`);
}
