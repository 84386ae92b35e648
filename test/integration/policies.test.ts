import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { PolicyChange } from '../../chaincode/protocol/policy/change.ts';
import { DEFAULT_RULES } from '../../chaincode/protocol/policy/default-rules.ts';
import type { Proposal } from '../../chaincode/protocol/policy/proposal.ts';
import type { Rule } from '../../chaincode/protocol/policy/rule.ts';
import { CHANNELS } from '../../network/home/organisations.ts';
import { ensurePolicy } from '../../network/initial-policy.ts';
import { type PolicyLedger, policyLedger, type ProposalCommitted } from '../../network/ledger/policies.ts';
import { type RegistryLedger, registryLedger } from '../../network/ledger/registry.ts';
import { type RegistryMirror, startMirror } from '../../network/mirror/registry-mirror.ts';
import { eventually, type Ran, runProgram, testHome } from '../harness/instance.ts';
import { everywhere, membersOf } from '../harness/members.ts';
import { makeActiveDevice, type TestDevice } from '../harness/test-device.ts';

/** Two organisations, each with an administrator, and one who may not suspend devices. */
const MANUFACTURER = 'admin@manufacturer';
const OPERATOR = 'admin@operator';
const HAND = 'operator@operator';

/** Its rules name a device of its own only, so that they decide nothing elsewhere; they are gone when it ends. */
describe('policies of a running consortium', function () {
  this.timeout(120_000);
  const home = testHome();
  const members = membersOf(home);
  const folder = mkdtempSync(join(tmpdir(), 'biot-policies-'));
  const devicesOf = (member: string): RegistryLedger => registryLedger(members.as(member));
  let device: TestDevice;
  let mirror: RegistryMirror;

  before(async () => {
    device = await makeActiveDevice(home, 'ruled');
    const note = (): void => undefined;
    mirror = startMirror({
      client: members.as('auditor@auditor'),
      channel: 'registry',
      silenceBoundMs: 5_000,
      log: { debug: note, info: note, warn: note, error: note },
    });
    await mirror.ready();
  });

  afterEach(async () => {
    const rules = await policiesOf(MANUFACTURER).rules();
    const own = rules.map(({ id }) => id).filter((id) => id.endsWith(device.id));
    if (own.length > 0) await agree({ put: [], remove: own });
  });

  after(async () => {
    await mirror.close();
    members.close();
    rmSync(folder, { recursive: true });
  });

  /** The operator may suspend it. */
  const allowing = (changes: Partial<Rule> = {}): Rule => ({
    id: `hand-suspends-${device.id}`,
    effect: 'allow',
    description: 'Of a test',
    who: { members: [HAND] },
    actions: ['device:suspend'],
    what: { devices: [device.id] },
    when: {},
    ...changes,
  });

  /** Nobody may suspend it, nor activate it. */
  const denying = (): Rule => ({
    ...allowing({ id: `nobody-touches-${device.id}`, effect: 'deny', who: {} }),
    actions: ['device:suspend', 'device:activate'],
  });

  function policiesOf(member: string): PolicyLedger {
    const ledger = policyLedger(members.as(member), 'registry');
    return {
      ...ledger,
      propose: (change, reason) => everywhere(members, ledger.propose(change, reason)),
      approve: (id) => everywhere(members, ledger.approve(id)),
      reject: (id) => everywhere(members, ledger.reject(id)),
      withdraw: (id) => everywhere(members, ledger.withdraw(id)),
    };
  }

  /** Makes a change as two organisations do. */
  async function agree(change: PolicyChange): Promise<Proposal> {
    const { proposal } = await policiesOf(OPERATOR).propose(change, 'a test');
    return proposal.status === 'applied'
      ? proposal
      : (await policiesOf(MANUFACTURER).approve(proposal.id)).proposal;
  }

  async function refusal(promise: Promise<unknown>): Promise<unknown> {
    return promise.then(
      () => 'it was not refused',
      (error: unknown) => error,
    );
  }

  const maySuspend = (): boolean =>
    mirror.policy().decide({
      subject: { org: 'OperatorMSP', name: HAND, role: 'operator', tenants: '*', attributes: {} },
      action: 'device:suspend',
      resource: { device: device.id, org: 'ManufacturerMSP', groups: [] },
      circumstances: { instant: Date.now(), address: '127.0.0.1' },
    }).allowed;

  it('begin with the same rules on both channels, once', async () => {
    for (const channel of CHANNELS) {
      const policies = policyLedger(members.as(MANUFACTURER), channel);
      const rules = await policies.rules();
      const ids = rules.map(({ id }) => id);
      expect(ids).to.include.members(DEFAULT_RULES.map(({ id }) => id));
      expect((await policies.initialise()).rules).to.deep.equal(rules);
    }
    const height = await members.as(MANUFACTURER).height('registry');
    expect(await ensurePolicy(home)).to.equal(false);
    expect(await members.as(MANUFACTURER).height('registry')).to.equal(height);
  });

  it('are widened by two organisations, and not by one', async () => {
    const { proposal } = await policiesOf(OPERATOR).propose(
      { put: [allowing()], remove: [] },
      'a night shift',
    );
    expect(proposal).to.deep.include({ status: 'proposed', needsApproval: true, decided: null });
    expect(await refusal(policiesOf(OPERATOR).approve(proposal.id)))
      .to.include({ code: 'FORBIDDEN' })
      .and.to.have.property('message')
      .that.includes('another organisation');
    expect(await refusal(devicesOf(HAND).suspend(device.id, 'too early'))).to.include({ code: 'FORBIDDEN' });
    expect(maySuspend()).to.be.false;

    const { proposal: applied } = await policiesOf(MANUFACTURER).approve(proposal.id);
    expect(applied).to.include({ id: proposal.id, status: 'applied' });
    expect(applied.decided).to.include({ name: MANUFACTURER, org: 'ManufacturerMSP' });
    await eventually(maySuspend, 'the mirror to know the rule');
    const { device: suspended } = await everywhere(members, devicesOf(HAND).suspend(device.id, 'it may'));
    expect(suspended).to.include({ status: 'suspended', by: HAND });
    await everywhere(members, devicesOf(MANUFACTURER).activate(device.id, 'for the next test'));
  });

  it('are narrowed by one administrator, at once', async () => {
    const { proposal } = await policiesOf(MANUFACTURER).propose(
      { put: [denying()], remove: [] },
      'an incident',
    );
    expect(proposal).to.include({ status: 'applied', needsApproval: false });
    expect(await refusal(devicesOf(MANUFACTURER).suspend(device.id, 'its own device')))
      .to.include({ code: 'FORBIDDEN' })
      .and.to.have.property('message')
      .that.includes(`nobody-touches-${device.id}`);
    const known = (): boolean => mirror.policy().rules.some(({ id }) => id === denying().id);
    await eventually(known, 'the mirror to know the rule');

    const undone = await policiesOf(MANUFACTURER).propose({ put: [], remove: [denying().id] }, 'it is over');
    expect(undone.proposal.status, 'taking a denial back widens').to.equal('proposed');
    await policiesOf(MANUFACTURER).withdraw(undone.proposal.id);
  });

  it('are mirrored as the ledger has them, after a fill as after changes', async () => {
    await agree({ put: [allowing(), denying()], remove: [] });
    await agree({ put: [allowing({ description: 'Of a test, rewritten' })], remove: [denying().id] });
    const rules = await policiesOf(MANUFACTURER).rules();
    const known = (): boolean =>
      mirror.policy().rules.some(({ description }) => description === 'Of a test, rewritten');
    await eventually(known, 'the mirror to know the rule');
    expect(mirror.policy().rules).to.deep.equal(rules);
  });

  it('let the first of two changes of one rule win, and have the second proposed anew', async () => {
    const propose = (description: string): Promise<ProposalCommitted> =>
      policiesOf(OPERATOR).propose({ put: [allowing({ description })], remove: [] }, 'a race');
    const first = await propose('the first');
    const second = await propose('the second');
    await policiesOf(MANUFACTURER).approve(first.proposal.id);
    expect(await refusal(policiesOf(MANUFACTURER).approve(second.proposal.id))).to.include({
      code: 'POLICY_CONFLICT',
    });
    expect((await policiesOf(MANUFACTURER).reject(second.proposal.id)).proposal.status).to.equal('rejected');
  });

  it('say before a change what it would change for whom, and afterwards why', async () => {
    const subject = { org: 'OperatorMSP', name: HAND, role: 'operator', tenants: '*' } as const;
    const resource = { device: device.id, org: 'ManufacturerMSP' };
    const question = { subject, action: 'device:suspend', resource } as const;
    const change = { put: [allowing()], remove: [] };
    const differences = await policiesOf(OPERATOR).dryRun(change, [
      question,
      { ...question, action: 'device:revoke' },
    ]);
    expect(differences.map(({ action, after }) => [action, after.rule])).to.deep.equal([
      ['device:suspend', allowing().id],
    ]);
    await agree(change);
    const explained = await policiesOf(OPERATOR).explain(subject, 'device:suspend', resource);
    expect(explained).to.include({ allowed: true, rule: allowing().id });
    const other = await policiesOf(HAND).explain(undefined, 'device:activate', resource);
    expect(other).to.include({ allowed: false, rule: null });
  });

  describe('by the command line', () => {
    const policy = (...args: string[]): Promise<Ran> => runProgram('scripts/consortium/policy.sh', args);
    let file: string;

    before(() => {
      file = join(folder, 'change.json');
      writeFileSync(file, JSON.stringify({ put: [allowing()], remove: [] }, null, 2));
    });

    it('are changed by two organisations, and nothing happens twice', async () => {
      const proposed = await policy('propose', file, 'it’s for a “test”', '--as', 'operator');
      const id = /^[0-9a-f]{64}/.exec(proposed.out)?.[0] ?? '';
      expect(proposed).to.include({ code: 0 });
      const again = await policy('propose', file, 'once more', '--as', 'operator');
      expect(again).to.include({ code: 0, out: proposed.out });

      const alone = await policy('approve', id, '--as', 'operator');
      expect(alone.code).to.equal(1);
      expect(alone.error).to.include(
        'missing: the approval of another organisation, manufacturer or auditor',
      );

      const approved = await policy('approve', id, '--as', 'manufacturer');
      expect(approved).to.include({ code: 0 });
      expect(approved.out).to.include('applied').and.to.include('approved by admin@manufacturer');
      expect(await policy('approve', id, '--as', 'manufacturer')).to.include({ code: 0, out: approved.out });
      expect(await policy('propose', file, 'once more', '--as', 'manufacturer')).to.include({
        code: 0,
        out: '',
      });
      expect((await policy('proposals')).out).to.include(approved.out);
      expect((await policy('proposal', id)).out).to.include('it’s for a “test”');
    });

    it('are listed and explained', async () => {
      const listed = JSON.parse((await policy('rules')).out) as Rule[];
      expect(listed).to.deep.equal(await policiesOf(MANUFACTURER).rules());
      const resource = JSON.stringify({ device: device.id });
      const explained = await policy('explain', 'device:suspend', resource, '--as', HAND);
      expect(explained).to.include({ code: 0 });
      expect(explained.out).to.match(/^refused: /);
    });

    it('refuse a change that is none, and an organisation that is none', async () => {
      writeFileSync(join(folder, 'none.json'), '{"put":[],"remove":[]}');
      const none = await policy('propose', join(folder, 'none.json'), 'nothing');
      expect(none.code).to.equal(1);
      expect(none.error).to.include('the change is empty');
      expect((await policy('rules', '--as', 'nobody')).error).to.include('no organisation nobody');
      expect((await policy('--help')).out).to.include('policy.sh propose FILE REASON');
    });
  });
});
