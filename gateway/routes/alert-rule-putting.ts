/** How rules of alerts are put: who may, what fits, and what was seen before. */
import { misfitOfRule } from '../../chaincode/protocol/alerts/fit.ts';
import { sidesCross } from '../../chaincode/protocol/alerts/geofence.ts';
import { type AlertRuleDefinition, MAX_ALERT_RULES } from '../../chaincode/protocol/alerts/rule.ts';
import { unknownDevice } from '../../chaincode/protocol/device.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Resource } from '../../chaincode/protocol/policy/request.ts';
import { servesAll } from '../../chaincode/protocol/tenants.ts';
import type { Person } from '../http/access.ts';
import { requireSeen, type Seen } from '../http/if-match.ts';
import { invalidField } from '../http/validation.ts';
import type { Parts } from '../parts.ts';
import type { Judge } from '../policy/judge.ts';

type Scope = Pick<AlertRuleDefinition, 'tenant' | 'devices'>;

export function resourceOfRule({ tenant, devices: { device, group, type } }: Scope): Resource {
  return {
    ...(tenant !== null && { tenant }),
    ...(device !== undefined && { device }),
    ...(group !== undefined && { groups: [group] }),
    ...(type !== undefined && { type }),
  };
}

/** @throws BiotError FORBIDDEN or LEDGER_STALE */
export function requirePut(scope: Scope, judge: Judge): void {
  if (scope.tenant === null && !servesAll(judge.tenants))
    throw new BiotError('FORBIDDEN', 'a rule for all tenants is put by those who serve all of them');
  judge.require('alert-rule:put', resourceOfRule(scope));
}

/**
 * @throws BiotError INVALID_ARGUMENT, DEVICE_UNKNOWN, TYPE_UNKNOWN, SENSOR_UNKNOWN or VALUE_INVALID for a rule that could never fire, or
 *   never end
 */
function requireFit(definition: AlertRuleDefinition, { fleet }: Pick<Parts, 'fleet'>): void {
  requireSimpleFence(definition);
  const name = definition.devices.type ?? typeOfItsDevice(definition, fleet);
  if (name === undefined) return;
  const type = fleet.type(name);
  if (type === undefined) throw new BiotError('TYPE_UNKNOWN', `the ledger knows no type ${name}`);
  const misfit = misfitOfRule(definition, type);
  if (misfit !== undefined) throw new BiotError(misfit.code, misfit.message);
}

/** @throws Refusal INVALID_ARGUMENT */
function requireSimpleFence({ condition }: AlertRuleDefinition): void {
  if (condition.kind !== 'geofence' || condition.fence.shape !== 'polygon') return;
  if (sidesCross(condition.fence.corners))
    throw invalidField('condition.fence.corners', 'sides cross: name them in order, around the fence');
}

/** Of a rule about one device. Another tenant's is as good as none: it would never be looked at. */
function typeOfItsDevice({ tenant, devices: { device } }: Scope, fleet: Parts['fleet']): string | undefined {
  if (device === undefined) return undefined;
  const known = fleet.known(device);
  if (known === undefined || (tenant !== null && known.tenant !== tenant)) throw unknownDevice(device);
  return known.type;
}

interface Putting {
  readonly session: Person['session'];
  readonly judge: Judge;
  readonly parts: Parts;
  /** Of each of them. */
  readonly seen?: Seen;
}

/** All or none. What is as it was makes no version. */
export async function putRules(
  definitions: readonly AlertRuleDefinition[],
  { session, judge, parts, seen }: Putting,
): Promise<void> {
  const { alerts, clock } = parts;
  const known = new Map((await alerts.rules()).map((rule) => [rule.definition.id, rule.definition]));
  for (const definition of definitions) {
    requirePut(definition, judge);
    const before = known.get(definition.id);
    if (before !== undefined) requirePut(before, judge);
    requireFit(definition, parts);
  }
  const added = new Set(definitions.map(({ id }) => id).filter((id) => !known.has(id)));
  if (known.size + added.size > MAX_ALERT_RULES)
    throw new BiotError('INVALID_ARGUMENT', `there are at most ${MAX_ALERT_RULES} rules at one time`);
  const changed = definitions.filter(
    (definition) => JSON.stringify(known.get(definition.id)) !== JSON.stringify(definition),
  );
  const author = session.member.name;
  await alerts.change(
    changed.map((definition) => ({
      ...{ id: definition.id, tenant: definition.tenant, definition, author, now: clock() },
      ...(seen !== undefined && {
        check: (version) => {
          requireSeen({ version }, seen, standing(definition.id, version));
        },
      }),
    })),
  );
}

function standing(id: string, version: number): string {
  return version === 0 ? `there is no alert rule ${id} now` : `alert rule ${id} has version ${version} now`;
}
