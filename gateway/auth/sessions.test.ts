import { expect } from 'chai';

import type { Subject } from '../../chaincode/protocol/policy/request.ts';
import { FakeCommands } from '../testing/fake-commands.ts';
import { FakeFirmware } from '../testing/fake-firmware.ts';
import { FakeOnboarding } from '../testing/fake-onboarding.ts';
import { fakePolicies } from '../testing/fake-policies.ts';
import { fakeTypes } from '../testing/fake-types.ts';
import { FakeRegistry } from '../testing/fake-registry.ts';
import { FakeRollouts } from '../testing/fake-rollouts.ts';
import { type MemberLedger, SESSION_LIMITS, Sessions } from './sessions.ts';

describe('sessions', () => {
  const registry = new FakeRegistry();
  const onboarding = new FakeOnboarding(registry, () => 0);
  const commands = new FakeCommands(registry, () => 0);
  const firmware = new FakeFirmware(registry);
  const rollouts = new FakeRollouts(registry, firmware);
  const person = (name: string): Subject => ({ name, org: 'OperatorMSP', role: 'admin', tenants: '*' });
  let now = 0;
  let closed: string[] = [];

  function ledgerOf(name: string): MemberLedger {
    return {
      registry: registry.actingAs(person(name)),
      types: fakeTypes(registry, person(name)),
      policies: {
        registry: fakePolicies(registry, person(name)),
        anchors: fakePolicies(registry, person(name)),
      },
      claims: onboarding.claimsFor(person(name)),
      vouchers: onboarding.vouchersFor(person(name)),
      commands: commands.actingAs(person(name)),
      firmware: firmware.actingAs(person(name)),
      rollouts: rollouts.actingAs(person(name)),
      certificate: `certificate of ${name}`,
      close: () => closed.push(name),
    };
  }
  const sessionsWith = (limits: Partial<typeof SESSION_LIMITS>) =>
    new Sessions(() => now, { ...SESSION_LIMITS, ...limits });
  const open = (sessions: Sessions, name: string) => sessions.open(person(name), ledgerOf(name));

  beforeEach(() => {
    now = 1_000;
    closed = [];
  });

  it('end for members who are none any more, and for those who got another certificate', () => {
    const sessions = sessionsWith({});
    const [kept, renewed, gone] = ['a@b', 'c@d', 'e@f'].map((name) => open(sessions, name).session);
    const certificates = new Map([
      ['a@b', 'certificate of a@b'],
      ['c@d', 'another'],
    ]);
    sessions.endReplaced(certificates);
    expect(closed).to.have.members(['c@d', 'e@f']);
    expect(sessions.use(kept!.id)).to.equal(kept);
    for (const { id } of [renewed!, gone!]) expect(sessions.use(id)).to.equal(undefined);
  });

  it('keeps neither token in a form that could be used', () => {
    const sessions = sessionsWith({});
    const { session, refreshToken } = open(sessions, 'a@b');
    expect(JSON.stringify(session)).to.not.include(refreshToken.split('.')[1]);
  });

  it('forgets a member’s key when the session ends, and tells', () => {
    const sessions = sessionsWith({});
    const ended: string[] = [];
    sessions.onEnd((id) => ended.push(id));
    const { session } = open(sessions, 'a@b');
    sessions.end(session.id);
    sessions.end(session.id);
    expect(closed).to.deep.equal(['a@b']);
    expect(ended).to.deep.equal([session.id]);
    expect(sessions.use(session.id)).to.equal(undefined);
  });

  it('forgets the keys of sessions that nobody uses any more', () => {
    const sessions = sessionsWith({ idleMs: 100 });
    const { session } = open(sessions, 'busy@b');
    open(sessions, 'idle@b');
    now += 60;
    sessions.use(session.id);
    now += 60;
    sessions.sweep();
    expect(closed).to.deep.equal(['idle@b']);
    expect(sessions.size).to.equal(1);
  });

  it('is bounded for a member and in all: the one unused for longest goes', () => {
    const sessions = sessionsWith({ perMember: 2, total: 3 });
    const first = open(sessions, 'a@b').session;
    now += 1;
    const second = open(sessions, 'a@b').session;
    now += 1;
    sessions.use(first.id);
    open(sessions, 'a@b');
    expect(sessions.use(second.id)).to.equal(undefined);
    expect(sessions.use(first.id)).to.not.equal(undefined);
    for (const name of ['c@b', 'd@b', 'e@b', 'f@b']) open(sessions, name);
    expect(sessions.size).to.equal(3);
  });

  it('does not end a session for a token of another family', () => {
    const sessions = sessionsWith({});
    const { session, refreshToken } = open(sessions, 'a@b');
    const [family = ''] = refreshToken.split('.');
    for (const token of ['', '.', 'x.y', `${session.id}.x`, family.slice(1)])
      expect(() => sessions.refresh(token), token)
        .to.throw()
        .with.property('code', 'TOKEN_INVALID');
    expect(sessions.use(session.id)).to.not.equal(undefined);
    sessions.endByToken(`${family}.wrong`);
    expect(sessions.use(session.id)).to.not.equal(undefined);
    sessions.endByToken(refreshToken);
    expect(sessions.use(session.id)).to.equal(undefined);
  });
});
