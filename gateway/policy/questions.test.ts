import { expect } from 'chai';

import type { PolicyChange } from '../../chaincode/protocol/policy/change.ts';
import { DEFAULT_RULES } from '../../chaincode/protocol/policy/default-rules.ts';
import { differences } from '../../chaincode/protocol/policy/difference.ts';
import type { Subject } from '../../chaincode/protocol/policy/request.ts';
import type { Rule } from '../../chaincode/protocol/policy/rule.ts';
import { RuleSet } from '../../chaincode/protocol/policy/rule-set.ts';
import { classesOf } from './device-classes.ts';
import { effectsOf } from './effects.ts';
import { questionsAbout, type World } from './questions.ts';
import { FakeRegistry } from '../testing/fake-registry.ts';
import { newPublicKey } from '../testing/gateway.ts';

const { publicKey } = newPublicKey();
const NOW = Date.parse('2026-06-15T08:00:00Z');
const AT_NOW = { instant: NOW, address: null };

function rule(id: string, fields: Partial<Rule>): Rule {
  return {
    id,
    effect: 'allow',
    description: id,
    who: {},
    actions: ['device:read'],
    what: {},
    when: {},
    ...fields,
  };
}

const MEMBERS: Subject[] = [
  { name: 'a@operator', org: 'OperatorMSP', role: 'operator', tenants: '*' },
  { name: 'b@operator', org: 'OperatorMSP', role: 'operator', tenants: '*' },
  { name: 'w@operator', org: 'OperatorMSP', role: 'ingest', tenants: '*' },
];

describe('what a dry run asks', () => {
  let registry: FakeRegistry;
  beforeEach(() => {
    registry = new FakeRegistry();
    for (const id of ['x-1', 'x-2', 'x-3']) registry.add(id, { publicKey, type: 'x' });
    registry.add('y-1', { publicKey, type: 'y', groups: ['b', 'a'] });
    registry.add('y-2', { publicKey, type: 'y', groups: ['a', 'b'] });
  });

  const world = (rules: Rule[] = []): World => ({
    members: MEMBERS,
    classes: classesOf(registry.devices()),
    device: registry.device,
    rules,
    now: NOW,
  });
  const put = (...rules: Rule[]): PolicyChange => ({ put: rules, remove: [] });
  /** What differs, gathered. */
  const effects = (change: PolicyChange, before: Rule[] = []) => {
    const { questions } = questionsAbout(change, world(before));
    const kept = before.filter(({ id }) => !change.remove.includes(id));
    const sets = { before: new RuleSet(before), after: new RuleSet([...kept, ...change.put]) };
    return effectsOf(differences(sets, questions, AT_NOW));
  };

  it('takes devices by kinds, whatever the order of their groups, the most frequent first', () => {
    const { questions } = questionsAbout(put(rule('r', {})), world());
    expect(
      questions.filter(({ subject }) => subject.name === 'a@operator').map(({ resource }) => resource),
    ).to.deep.equal([
      { org: 'OperatorMSP', tenant: 'acme', type: 'x', groups: [], status: 'active' },
      { org: 'OperatorMSP', tenant: 'acme', type: 'y', groups: ['a', 'b'], status: 'active' },
    ]);
  });

  it('is about the actions of the rules that come and of those that go, and no others', () => {
    const before = [rule('old', { actions: ['audit:read'] }), rule('kept', { actions: ['policy:read'] })];
    const change = {
      put: [rule('new', { actions: ['anchor:append'], what: { own: 'log' } })],
      remove: ['old'],
    };
    const { questions } = questionsAbout(change, world(before));
    expect(questions).to.deep.include({
      subject: MEMBERS[2],
      action: 'anchor:append',
      resource: { log: 'w@operator' },
    });
    expect(new Set(questions.map(({ action }) => action))).to.deep.equal(
      new Set(['anchor:append', 'audit:read']),
    );
  });

  it('asks about types of the own organisation, as a new one would be', () => {
    const change = put(rule('r', { actions: ['type:put'], what: { own: 'organisation' } }));
    const { questions } = questionsAbout(change, world());
    expect(questions.map(({ subject: { org }, resource }) => resource.org === org)).to.deep.equal(
      MEMBERS.map(() => true),
    );
  });

  it('sees who loses what the default rules allow on what the own organisation makes', () => {
    const members = ['manufacturer', 'operator'].map((name): Subject => {
      const org = `${name.charAt(0).toUpperCase()}${name.slice(1)}MSP`;
      return { name: `admin@${name}`, org, role: 'admin', tenants: '*' };
    });
    const { questions } = questionsAbout(
      { put: [], remove: ['admin-onboards-own-devices', 'admin-manages-own-devices'] },
      { ...world([...DEFAULT_RULES]), members },
    );
    const sets = { before: new RuleSet(DEFAULT_RULES), after: new RuleSet([]) };
    const lost = differences(sets, questions, AT_NOW);
    for (const { name } of members) {
      expect(
        lost.filter(({ subject }) => subject.name === name).map(({ action }) => action),
      ).to.include.members([
        ...['claim:create', 'voucher:create', 'voucher:withdraw', 'voucher:redeem', 'device:register'],
      ]);
    }
  });

  it('asks about claims in the tenants that there are', () => {
    const found = effects(put(rule('r', { actions: ['claim:create'], what: { tenants: ['acme'] } })));
    expect(found.map(({ actions }) => actions)).to.deep.equal([['claim:create']]);
  });

  it('asks about devices that a rule names by themselves', () => {
    const [effect] = effects(put(rule('r', { what: { devices: ['x-2', 'gone'] } })));
    expect(effect?.on.map(({ device }) => device)).to.deep.equal(['x-2']);
  });

  it('asks no more than it may, of the most frequent kinds, and says that there was more', () => {
    const { questions, cut } = questionsAbout(put(rule('r', {})), world(), 4);
    expect(cut).to.equal(true);
    expect(questions.map(({ resource }) => resource.type)).to.deep.equal(['x', 'x', 'x', 'y']);
  });

  it('asks about the rarest kind also when there are many kinds, members and moments', () => {
    for (let kind = 0; kind < 400; kind += 1)
      for (const place of ['a', 'b']) registry.add(`k-${kind}-${place}`, { publicKey, type: `k-${kind}` });
    registry.add('rare', { publicKey, type: 'rare' });
    const timed = Array.from({ length: 12 }, (_, hour) =>
      rule(`hour-${hour}`, {
        when: { daily: { from: `${10 + hour}:00`, to: `${10 + hour}:30` } },
        who: { members: ['z@operator'] },
      }),
    );
    const [effect] = effects(put(rule('r', { what: { types: ['rare'] } })), timed);
    expect(effect?.on.map(({ type }) => type)).to.deep.equal(['rare']);
    expect(effect?.now).to.equal(true);
  });

  it('gathers who gains the same on the same into one effect', () => {
    const change = put(
      rule('r', { who: { roles: ['operator'] }, actions: ['device:read', 'device:revoke'] }),
    );
    const found = effects(change);
    expect(found).to.have.length(1);
    expect(found[0]?.members.map(({ name }) => name)).to.deep.equal(['a@operator', 'b@operator']);
    expect(found[0]?.actions).to.deep.equal(['device:revoke', 'device:read']);
    expect(found[0]?.on).to.have.length(2);
  });

  it('asks at later moments, too, and says when it is so', () => {
    const night = rule('night', { when: { daily: { from: '03:00', to: '04:00' } } });
    const [three, four] = ['2026-06-16T03:00:00Z', '2026-06-16T04:00:00Z'].map((text) => Date.parse(text));
    expect(questionsAbout(put(night), world()).moments).to.deep.equal([three, four]);
    const told = (change: PolicyChange, before: Rule[] = []) =>
      effects(change, before).map(({ allowed, now, moments }) => [allowed, now, moments]);
    expect(told(put(night))).to.deep.equal([[true, false, [three]]]);
    // Also when another rule names times, and the change does not.
    expect(told(put(rule('always', {})), [night])).to.deep.equal([[true, true, [four]]]);
    expect(told({ put: [], remove: ['night'] }, [night])).to.deep.equal([[false, false, [three]]]);
  });

  it('asks also while there is no device', () => {
    registry.records.clear();
    const [effect] = effects({ put: [], remove: ['r'] }, [rule('r', { actions: ['claim:redeem'] })]);
    expect([effect?.allowed, effect?.actions, effect?.on]).to.deep.equal([false, ['claim:redeem'], []]);
  });

  it('tells gains from losses, gains first', () => {
    const before = [rule('old', { actions: ['audit:read'] })];
    const found = effects({ put: [rule('new', { actions: ['policy:read'] })], remove: ['old'] }, before);
    expect(found.map(({ allowed, rule: id, actions, on }) => [allowed, id, actions, on])).to.deep.equal([
      [true, 'new', ['policy:read'], []],
      [false, null, ['audit:read'], []],
    ]);
  });
});
