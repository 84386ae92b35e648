import { expect } from 'chai';

import { commandsEventSchema } from '../../chaincode/protocol/command/command.ts';
import { HOSTILE_NAMES } from '../../chaincode/protocol/testing/hostile-names.ts';
import { Commands, definition, draft } from './harness/commands.ts';
import { enrol } from './harness/members.ts';
import { deny, Policies, put, rule } from './harness/policies.ts';
import { registration } from './harness/samples.ts';
import { adminFor } from './harness/tenants.ts';

describe('commands that are issued', () => {
  let commands: Commands;

  beforeEach(async () => {
    commands = await Commands.open();
    await commands.devices(['a', 'b'], { groups: ['hall-7'] });
  });

  it('are written with who issued them and how long they live, and the channel is told', async () => {
    const drafted = draft(['b', 'a'], { group: 'hall-7', lifetimeSeconds: 90 });
    const { result, event, transaction, writes } = await commands.submit(
      commands.operator,
      'Issue',
      JSON.stringify([drafted]),
    );
    const command = await commands.get(drafted.id);
    expect(command).to.deep.equal({
      ...drafted,
      devices: ['a', 'b'],
      type: 'thermometer',
      tenant: 'acme',
      org: 'ManufacturerMSP',
      version: 1,
      timeoutSeconds: 60,
      state: 'queued',
      issued: { name: 'operator@manufacturer', org: 'ManufacturerMSP', at: command.issued.at, transaction },
      decided: null,
      cancelled: null,
      reason: null,
      expiresAt: new Date(Date.parse(command.issued.at) + 90_000).toISOString(),
    });
    expect(result).to.deep.equal([{ command }]);
    expect(event?.name).to.equal('commands');
    expect(commandsEventSchema.parse(event?.payload)).to.deep.equal({ commands: [command] });
    expect(writes).to.have.length(1);
  });

  it('live as long as the catalogue says when nobody says less, and wait when it has them approved', async () => {
    const command = await commands.issue(draft(['a'], { name: 'restart' }));
    expect(command).to.deep.include({ state: 'pending approval', lifetimeSeconds: 600, decided: null });
    expect(Date.parse(command.expiresAt) - Date.parse(command.issued.at)).to.equal(600_000);
  });

  describe('are refused', () => {
    const refusals: Readonly<Record<string, [object, string]>> = {
      'to devices that are not there': [{ devices: ['a', 'x'] }, 'DEVICE_UNKNOWN'],
      'when the catalogue has no such': [{ name: 'explode' }, 'COMMAND_UNKNOWN'],
      'when only administrators send them': [{ name: 'calibrate' }, 'FORBIDDEN'],
      'with parameters that do not fit': [{ parameters: { seconds: 0 } }, 'PARAMETERS_INVALID'],
      'with parameters that nobody asked for': [
        { parameters: { seconds: 1, more: 1 } },
        'PARAMETERS_INVALID',
      ],
      'without parameters that are required': [{ parameters: {} }, 'PARAMETERS_INVALID'],
      'with a longer life than the catalogue’s': [{ lifetimeSeconds: 601 }, 'INVALID_ARGUMENT'],
      'to devices that are not in the group': [{ group: 'hall-8' }, 'INVALID_ARGUMENT'],
      'to a device twice': [{ devices: ['a', 'a'] }, 'INVALID_ARGUMENT'],
      'to nobody': [{ devices: [] }, 'INVALID_ARGUMENT'],
      'with an id that is none': [{ id: 'A7FA1A3E-3A71-4C1E-9C9C-3F0C2A8C1D55' }, 'INVALID_ARGUMENT'],
      'with the word of the caller about its state': [{ state: 'queued' }, 'INVALID_ARGUMENT'],
    };
    for (const [what, [fields, code]] of Object.entries(refusals)) {
      it(`${what}: ${code}`, async () => {
        expect(await commands.refused({ ...draft(['a']), ...fields })).to.equal(code);
      });
    }

    it('to devices that are not active', async () => {
      const { admin, channel } = commands;
      await channel.submit(admin, 'DeviceContract:Register', JSON.stringify([registration('new')]));
      expect(await commands.refused(draft(['new']))).to.equal('DEVICE_NOT_ACTIVE');
      await channel.submit(admin, 'DeviceContract:Suspend', 'b', 'why');
      const { code, message } = await commands.refusal(
        commands.operator,
        'Issue',
        JSON.stringify([draft(['a', 'b'])]),
      );
      expect([code, message]).to.deep.equal([
        'DEVICE_NOT_ACTIVE',
        'b is suspended: only active devices are sent commands',
      ]);
    });

    it('to devices of several types, tenants or organisations', async () => {
      const policies = new Policies(commands.channel);
      await policies.agree(put(rule('send-anything', { actions: ['command:send'] })));
      await commands.devices(['press'], { type: 'press' });
      await commands.devices(['beta'], { tenant: 'beta' });
      await commands.devices(['theirs'], {}, 'operator');
      for (const other of ['press', 'beta', 'theirs'])
        expect(await commands.refused(draft(['a', other])), other).to.equal('INVALID_ARGUMENT');
      await commands.issue(draft(['theirs']));
    });

    it('to devices that a rule denies, be it one of many', async () => {
      const denial = deny('not-b', { actions: ['command:send'], what: { devices: ['b'] } });
      await commands.channel.submit(
        commands.admin,
        'PolicyContract:Propose',
        JSON.stringify(put(denial)),
        'because',
        '',
      );
      expect(await commands.refused(draft(['a', 'b']))).to.equal('FORBIDDEN');
      await commands.issue(draft(['a']));
    });

    it('to another tenant’s devices as if these were not there', async () => {
      await commands.devices(['c'], { tenant: 'beta' });
      const acme = await adminFor('acme');
      await commands.issue(draft(['a', 'b']), acme);
      for (const devices of [['c'], ['a', 'c'], ['c', 'x']]) {
        const { code, message } = await commands.refusal(acme, 'Issue', JSON.stringify([draft(devices)]));
        expect([code, message]).to.deep.equal(['DEVICE_UNKNOWN', 'the ledger knows no device c']);
      }
    });

    it('with any name that could be read as another', async () => {
      for (const name of Object.values(HOSTILE_NAMES)) {
        for (const field of [{ name }, { id: name }, { group: name }, { devices: [name] }])
          expect(await commands.refused({ ...draft(['a']), ...field })).to.equal('INVALID_ARGUMENT');
      }
    });

    it('with an end that no date of ours can say', async () => {
      const call = commands.channel.prepare(
        commands.operator,
        'CommandContract:Issue',
        JSON.stringify([draft(['a'])]),
      );
      const seconds = BigInt(Date.UTC(9999, 11, 31, 23, 59, 30) / 1000);
      const { code } = await commands.channel.refusalOf({ ...call, timestamp: { seconds, nanos: 0 } });
      expect(code).to.equal('INVALID_ARGUMENT');
    });
  });

  describe('twice', () => {
    it('are the same, and nothing is written', async () => {
      const drafted = draft(['a', 'b']);
      const command = await commands.issue(drafted);
      await commands.change(commands.admin, 'Cancel', command.id, 'why');
      const { result, event, writes } = await commands.submit(
        commands.operator,
        'Issue',
        JSON.stringify([{ ...drafted, devices: ['b', 'a'] }]),
      );
      expect({ result, event, writes }).to.deep.equal({
        result: [{ command: await commands.get(drafted.id) }],
        event: undefined,
        writes: [],
      });
    });

    it('are refused with another content, and from another person', async () => {
      const drafted = draft(['a']);
      await commands.issue(drafted);
      for (const changes of [
        { devices: ['a', 'b'] },
        { parameters: { seconds: 61 } },
        { name: 'restart' },
        { group: 'hall-7' },
        { lifetimeSeconds: 599 },
      ])
        expect(await commands.refused({ ...drafted, ...changes })).to.equal('INVALID_ARGUMENT');
      expect(await commands.refused(drafted, commands.admin)).to.equal('INVALID_ARGUMENT');
    });

    it('at the same time, one of them is void', async () => {
      const args = JSON.stringify([draft(['a'])]);
      const { channel, operator } = commands;
      const calls = [1, 2].map(() => channel.prepare(operator, 'CommandContract:Issue', args));
      const endorsed = await Promise.all(calls.map((call) => channel.endorse(call)));
      expect(calls.map((call, index) => channel.commit(call, endorsed[index]!))).to.deep.equal([true, false]);
    });
  });

  it('are nobody’s to send whose certificate says no role that sends', async () => {
    const attributes = { 'biot.role': 'gateway', 'biot.tenants': '*' };
    const service = await enrol({ mspId: 'ManufacturerMSP', commonName: 'gateway@manufacturer', attributes });
    expect(await commands.refused(draft(['a']), service)).to.equal('FORBIDDEN');
  });

  it('are judged by the rules as they were, whoever defined them', async () => {
    await commands.define(definition('set-interval', { roles: ['admin'] }));
    expect(await commands.refused(draft(['a']))).to.equal('FORBIDDEN');
    expect((await commands.issue(draft(['a']), commands.admin)).version).to.equal(2);
  });
});
