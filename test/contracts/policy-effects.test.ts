import { expect } from 'chai';

import type { Role } from '../../chaincode/protocol/policy/actions.ts';
import { type Committed, TestChannel } from './harness/channel.ts';
import { type Credentials, enrol, enrolRole } from './harness/members.ts';
import { deny, Policies, put, remove, rule } from './harness/policies.ts';
import { registration } from './harness/samples.ts';
import { putTypes } from './harness/types.ts';

const MANAGE = 'admin-manages-own-devices';

describe('the rules on the ledger', () => {
  let policies: Policies;
  let admin: Credentials;

  beforeEach(async () => {
    policies = await Policies.begin();
    await putTypes(policies.channel, 'thermometer', 'press', 'lathe');
    admin = await enrolRole('manufacturer', 'admin');
  });

  function register(...devices: object[]): Promise<Committed> {
    return policies.channel.submit(admin, 'DeviceContract:Register', JSON.stringify(devices));
  }

  function refused(transaction: string, ...args: string[]): Promise<string> {
    return policies.refusalTo(admin, `DeviceContract:${transaction}`, ...args);
  }

  it('refuse the very next registration after the rule that allowed it is gone', async () => {
    await register(registration('a'));
    await policies.propose('operator', remove(MANAGE));
    expect(await refused('Register', JSON.stringify([registration('b')]))).to.equal('FORBIDDEN');
    expect(await refused('Activate', 'a', 'why')).to.equal('FORBIDDEN');
  });

  it('make void what was endorsed before the rule went, and is committed after it', async () => {
    const call = policies.channel.prepare(
      admin,
      'DeviceContract:Register',
      JSON.stringify([registration('a')]),
    );
    const withdrawal = await policies.prepare(
      'operator',
      'Propose',
      JSON.stringify(remove(MANAGE)),
      'why',
      '',
    );
    expect(await policies.simultaneously(withdrawal, call)).to.deep.equal([true, false]);
  });

  it('do not make void what they do not decide about', async () => {
    const call = policies.channel.prepare(
      admin,
      'DeviceContract:Register',
      JSON.stringify([registration('a')]),
    );
    const elsewhere = await policies.prepare(
      'operator',
      'Propose',
      JSON.stringify(put(deny('no-logs', { actions: ['anchor:read'] }))),
      'why',
      '',
    );
    expect(await policies.simultaneously(elsewhere, call)).to.deep.equal([true, true]);
  });

  it('stop exactly the device that one of them denies', async () => {
    await register(registration('press-1'), registration('press-10'), registration('press-2'));
    await policies.propose(
      'auditor',
      put(deny('stop', { actions: ['device:activate'], what: { devices: ['press-1'] } })),
    );
    expect(await refused('Activate', 'press-1', 'why')).to.equal('FORBIDDEN');
    for (const device of ['press-10', 'press-2']) {
      await policies.channel.submit(admin, 'DeviceContract:Activate', device, 'why');
    }
    await policies.channel.submit(admin, 'DeviceContract:Revoke', 'press-1', 'why');
  });

  it('tell ("a","bc") from ("ab","c"), as tenant and device', async () => {
    await policies.propose(
      'auditor',
      put(deny('stop', { actions: ['device:activate'], what: { tenants: ['a'], devices: ['bc'] } })),
    );
    await register(registration('bc', { tenant: 'a' }), registration('c', { tenant: 'ab' }));
    expect(await refused('Activate', 'bc', 'why')).to.equal('FORBIDDEN');
    await policies.channel.submit(admin, 'DeviceContract:Activate', 'c', 'why');
  });

  it('are asked about the groups that a device has, as it is labelled', async () => {
    await register(registration('a', { groups: ['hall-7'] }), registration('b'));
    await policies.propose(
      'auditor',
      put(deny('stop', { actions: ['device:activate'], what: { groups: ['hall-7'] } })),
    );
    expect(await refused('Activate', 'a', 'why')).to.equal('FORBIDDEN');
    const labels = JSON.stringify({ groups: ['hall-7'], tags: {} });
    await policies.channel.submit(admin, 'DeviceContract:Label', 'b', labels);
    expect(await refused('Activate', 'b', 'why')).to.equal('FORBIDDEN');
  });

  it('are asked about the groups that a device leaves, and about those that it comes to', async () => {
    await register(registration('in', { groups: ['vault'] }), registration('out'));
    await policies.propose(
      'auditor',
      put(deny('vault', { actions: ['device:label'], what: { groups: ['vault'] } })),
    );
    const labels = (...groups: string[]): string => JSON.stringify({ groups, tags: {} });
    expect(await refused('Label', 'in', labels())).to.equal('FORBIDDEN');
    expect(await refused('Label', 'out', labels('vault'))).to.equal('FORBIDDEN');
    await policies.channel.submit(admin, 'DeviceContract:Label', 'out', labels('hall-7'));
  });

  it('are read once for a change, though they are asked twice', async () => {
    await register(registration('a'));
    const { channel } = policies;
    const labels = JSON.stringify({ groups: ['hall-7'], tags: {} });
    const { status, simulation } = await channel.endorse(
      channel.prepare(admin, 'DeviceContract:Label', 'a', labels),
    );
    expect(status).to.equal(200);
    expect(simulation.readKeys.filter((key) => key.includes('device:label'))).to.have.lengthOf(1);
  });

  it('let another organisation do what they allow it, and no more', async () => {
    await register(registration('a', { type: 'press' }), registration('b', { type: 'lathe' }));
    const operator = await enrolRole('operator', 'operator');
    await policies.agree(
      put(
        rule('operators-activate-presses', {
          ...{ who: { roles: ['operator'], organisations: ['OperatorMSP'] }, what: { types: ['press'] } },
          actions: ['device:activate'],
        }),
      ),
    );
    const activate = 'DeviceContract:Activate';
    await policies.channel.submit(operator, activate, 'a', 'why');
    expect(await policies.refusalTo(operator, activate, 'b', 'why')).to.equal('FORBIDDEN');
    expect(await policies.refusalTo(operator, 'DeviceContract:Suspend', 'a', 'why')).to.equal('FORBIDDEN');
    const others = await enrolRole('manufacturer', 'operator');
    expect(await policies.refusalTo(others, activate, 'a', 'why')).to.equal('FORBIDDEN');
  });

  it('are asked with the instant of the proposal', async () => {
    await register(registration('a'));
    const early = { ...{ actions: ['device:suspend'], when: { until: '2026-01-01T00:01:00Z' } } };
    await policies.agree(put(deny('early', early)));
    await policies.channel.submit(admin, 'DeviceContract:Activate', 'a', 'why');
    expect(await refused('Suspend', 'a', 'why')).to.equal('FORBIDDEN');
    const call = policies.channel.prepare(admin, 'DeviceContract:Suspend', 'a', 'why');
    const at = (instant: string): Promise<{ status: number }> =>
      policies.channel.endorse({
        ...call,
        timestamp: { seconds: BigInt(Date.parse(instant) / 1000), nanos: 0 },
      });
    expect((await at('2026-01-01T00:00:59Z')).status).to.equal(500);
    expect((await at('2026-01-01T00:01:00Z')).status).to.equal(200);
  });

  describe('that ask for an attribute', () => {
    const LOGS = 'AnchorContract:Logs';
    const member = (changes: object, mspId = 'OperatorMSP', role: Role = 'guard'): Promise<Credentials> =>
      enrol({ mspId, commonName: 'guard-1@operator', attributes: { 'biot.role': role, ...changes } });

    it('find it in the certificate, under its very name and with its very value', async () => {
      const berlin = rule('berlin', {
        actions: ['anchor:read'],
        who: { attributes: { 'biot.site': 'berlin' } },
      });
      await policies.agree(put(berlin));
      expect(await policies.channel.evaluate(await member({ 'biot.site': 'berlin' }), LOGS)).to.deep.equal(
        [],
      );
      for (const attributes of [
        {},
        { 'biot.site': 'Berlin' },
        { 'biot.site': 'berlin ' },
        { site: 'berlin' },
        { 'biot.site': '' },
      ]) {
        expect(await policies.refusalTo(await member(attributes), LOGS)).to.equal('FORBIDDEN');
      }
    });

    it('do not find what is no attribute', async () => {
      await policies.agree(
        put(rule('prototype', { actions: ['anchor:read'], who: { attributes: { constructor: 'x' } } })),
      );
      expect(await policies.refusalTo(await member({}), LOGS)).to.equal('FORBIDDEN');
      expect(await policies.channel.evaluate(await member({ constructor: 'x' }), LOGS)).to.deep.equal([]);
    });

    it('deny by it', async () => {
      await policies.agree(
        put(
          deny('no-contractors', { actions: ['anchor:read'], who: { attributes: { 'biot.staff': 'no' } } }),
        ),
      );
      const staff = await member({ 'biot.staff': 'yes' }, 'OperatorMSP', 'operator');
      expect(await policies.channel.evaluate(staff, LOGS)).to.deep.equal([]);
      expect(
        await policies.refusalTo(await member({ 'biot.staff': 'no' }, 'OperatorMSP', 'operator'), LOGS),
      ).to.equal('FORBIDDEN');
    });

    it('do not find it in a certificate of another organisation that names itself one of ours', async () => {
      await policies.agree(
        put(
          rule('berlin', {
            actions: ['anchor:read'],
            who: { members: ['guard-1@operator'], attributes: { 'biot.site': 'berlin' } },
          }),
        ),
      );
      for (const mspId of ['ManufacturerMSP', 'OperatorsMSP', 'operatorMSP', 'operator']) {
        expect(
          await policies.refusalTo(await member({ 'biot.site': 'berlin' }, mspId), LOGS),
          mspId,
        ).to.equal('FORBIDDEN');
      }
    });
  });

  it('let nobody be an administrator by a role that another authority wrote', async () => {
    for (const [mspId, commonName] of [
      ['AuditorMSP', 'admin@operator'],
      ['OperatorMSP', 'admin@auditor'],
      ['EvilMSP', 'admin@operator'],
      ['evil', 'admin@evil'],
    ] as const) {
      const forged = await enrol({ mspId, commonName, attributes: { 'biot.role': 'admin' } });
      for (const [name, ...args] of [
        ['Initialise'],
        ['Propose', JSON.stringify(put(deny('a'))), 'why', ''],
        ['Approve', 'ab'.repeat(32)],
      ] as const) {
        expect(
          await policies.refusalTo(forged, `PolicyContract:${name}`, ...args),
          `${mspId} ${name}`,
        ).to.equal('FORBIDDEN');
      }
    }
    const channel = new TestChannel('new');
    const forged = await enrol({
      mspId: 'EvilMSP',
      commonName: 'admin@operator',
      attributes: { 'biot.role': 'admin' },
    });
    expect((await channel.refusal(forged, 'PolicyContract:Initialise')).code).to.equal('FORBIDDEN');
  });
});
