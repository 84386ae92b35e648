/** What a dry run asks: all that a change of the rules could answer otherwise, for the members and devices there are. */
import type { Device } from '../../chaincode/protocol/device.ts';
import { type Action, ACTIONS } from '../../chaincode/protocol/policy/actions.ts';
import { idsOf, type PolicyChange } from '../../chaincode/protocol/policy/change.ts';
import type { Resource, Subject } from '../../chaincode/protocol/policy/request.ts';
import type { Rule } from '../../chaincode/protocol/policy/rule.ts';
import { type Question, requestOf } from '../../chaincode/protocol/policy/difference.ts';
import { ReadyRule } from '../../chaincode/protocol/policy/ready-rule.ts';
import type { DeviceClass } from './device-classes.ts';
import { resourceOf } from '../../chaincode/protocol/policy/device-resource.ts';
import { momentsOf } from './moments.ts';

/** As many as the contract takes. */
export const MOST_QUESTIONS = 5_000;

export interface World {
  members: readonly Subject[];
  /** The most frequent first. */
  classes: readonly DeviceClass[];
  device: (id: string) => Device | undefined;
  /** The rules as they stand. */
  rules: readonly Rule[];
  /** Milliseconds since the Unix epoch. */
  now: number;
}

export interface Questions {
  /** The rules that come, and those that go or get another text. */
  rules: Rule[];
  /** All that the rules' actions could be asked about, now. */
  surveyed: Question[];
  /** Those of them that the rules are about, now and then at later moments: no others can be answered otherwise. */
  questions: Question[];
  /** Later ones, at which everything is asked once more, because rules about it name times. */
  moments: number[];
  /** Whether some were left out: those about the rarest kinds of devices, or about some moments. */
  cut: boolean;
}

/** Only rules about an action can change who may do it: others need not be asked about. */
export function questionsAbout(change: PolicyChange, world: World, most = MOST_QUESTIONS): Questions {
  const rules = touchedRules(change, world);
  const actions = ACTIONS.filter((action) => rules.some((rule) => rule.actions.includes(action)));
  const others = world.rules.filter((rule) => rule.actions.some((action) => actions.includes(action)));
  const { moments, cut } = momentsOf([...rules, ...others], world.now);
  const named = new Set(rules.flatMap(({ what }) => what.devices ?? []));
  const kinds = world.classes.map(resourceOfClass);
  // Rights on devices are rights also while there is none.
  const devices = kinds.length === 0 ? [{}] : [...namedResources(named, world), ...kinds];
  const things = [...THINGS, ...devices.map((resource) => ({ resource, about: 'devices' }))];
  const surveyed = things.flatMap(({ resource, about }) =>
    actions
      .filter((action) => kindOf(action) === about)
      .flatMap((action) =>
        world.members.map((subject) => ({ subject, action, resource: mine(resource, subject, action) })),
      ),
  );
  const concerned = concernedBy(rules, surveyed, world.now);
  const later = moments.flatMap((instant) => concerned.map((question) => ({ ...question, instant })));
  const questions = [...concerned, ...later];
  return {
    rules,
    surveyed,
    questions: questions.slice(0, most),
    moments,
    cut: cut || questions.length > most,
  };
}

/** Those that some rule matches, whatever the time: a rule that does not match has no part in the answer. */
function concernedBy(rules: readonly Rule[], questions: readonly Question[], now: number): Question[] {
  const timeless = rules.map((rule) => {
    const { networks, statuses, firmwareAtLeast } = rule.when;
    const ready = new ReadyRule({ ...rule, when: { networks, statuses, firmwareAtLeast } }, 0);
    return { actions: new Set(rule.actions), ready };
  });
  const circumstances = { instant: now, address: null };
  return questions.filter((question) => {
    const request = requestOf(question, circumstances);
    return timeless.some(({ actions, ready }) => actions.has(question.action) && ready.matches(request));
  });
}

function touchedRules(change: PolicyChange, { rules }: Pick<World, 'rules'>): Rule[] {
  const touched = new Set(idsOf(change));
  return [...change.put, ...rules.filter(({ id }) => touched.has(id))];
}

const THINGS: readonly { resource: Resource; about: string }[] = [{ resource: {}, about: 'itself' }];

const TO_DEVICES = /^(?:device|telemetry|claim):|^voucher:(?:create|redeem)$/;

/** What an action is done to: a device, be it one that is to come, or nothing that a rule could tell apart. */
export function kindOf(action: Action): 'devices' | 'itself' {
  return TO_DEVICES.test(action) ? 'devices' : 'itself';
}

const TO_ONES_OWN = /^voucher:|^(?:device:register|claim:create|type:put)$/;

/** A log is only ever written by the one whose name it bears; what is new is its author's organisation's. */
function mine(resource: Resource, { name, org }: Subject, action: Action): Resource {
  if (TO_ONES_OWN.test(action)) return { ...resource, org };
  return action === 'anchor:append' ? { ...resource, log: name } : resource;
}

function namedResources(ids: Iterable<string>, { device }: Pick<World, 'device'>): Resource[] {
  return [...ids].flatMap((id) => {
    const known = device(id);
    return known === undefined ? [] : [resourceOf(known)];
  });
}

function resourceOfClass({ org, tenant, type, groups, status }: DeviceClass): Resource {
  return { org, tenant, type, groups, status };
}
