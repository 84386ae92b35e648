import { expect } from 'chai';

import { type Command, commandsEventSchema } from '../../chaincode/protocol/command/command.ts';
import { HOSTILE_NAMES } from '../../chaincode/protocol/testing/hostile-names.ts';
import { Commands, definition, draft } from './harness/commands.ts';
import { type Credentials, enrolRole } from './harness/members.ts';
import { deny, put } from './harness/policies.ts';
import { adminFor } from './harness/tenants.ts';

type Change = 'Approve' | 'Reject' | 'Cancel';
const CHANGES: Readonly<Record<Change, string[]>> = { Approve: [], Reject: ['why'], Cancel: ['why'] };

describe('commands, once they are issued', () => {
  let commands: Commands;
  let waiting: Command;
  let admin: Credentials;
  let operator: Credentials;

  beforeEach(async () => {
    commands = await Commands.open();
    ({ admin, operator } = commands);
    await commands.devices(['a', 'b'], { groups: ['hall-7'] });
    waiting = await commands.issue(draft(['a', 'b'], { name: 'restart' }));
  });

  async function refused(by: Credentials, name: Change, id = waiting.id): Promise<string> {
    return (await commands.refusal(by, name, id, ...CHANGES[name])).code;
  }

  /** What a client says whose clock is that far ahead of when the command was issued. */
  async function refusedAfter(milliseconds: number, name: Change, by = admin): Promise<string> {
    const call = commands.channel.prepare(by, `CommandContract:${name}`, waiting.id, ...CHANGES[name]);
    const at = Date.parse(waiting.issued.at) + milliseconds;
    const timestamp = { seconds: BigInt(Math.floor(at / 1000)), nanos: (at % 1000) * 1_000_000 };
    return (await commands.channel.refusalOf({ ...call, timestamp })).code;
  }

  it('are approved by a second person, and live on from then', async () => {
    const { result, event, transaction } = await commands.submit(admin, 'Approve', waiting.id);
    const approved = await commands.get(waiting.id);
    const { decided, expiresAt, ...rest } = approved;
    expect(decided).to.deep.include({ name: 'admin@manufacturer', org: 'ManufacturerMSP', transaction });
    expect(Date.parse(expiresAt) - Date.parse(decided!.at)).to.equal(600_000);
    expect({ ...waiting, ...rest }).to.deep.equal({ ...waiting, state: 'queued' });
    expect(result).to.deep.equal(approved);
    expect(commandsEventSchema.parse(event?.payload)).to.deep.equal({ commands: [approved] });
  });

  it('are rejected by a second person, who says why', async () => {
    const rejected = await commands.change(admin, 'Reject', waiting.id, 'not at night');
    expect(rejected).to.deep.include({ state: 'rejected', reason: 'not at night', cancelled: null });
    expect(rejected.decided?.name).to.equal('admin@manufacturer');
    expect(rejected.expiresAt).to.equal(waiting.expiresAt);
  });

  it('are cancelled, waiting or queued, by their issuer, too', async () => {
    const queued = await commands.issue(draft(['a']));
    for (const { id } of [waiting, queued]) {
      const cancelled = await commands.change(operator, 'Cancel', id, 'not needed');
      expect(cancelled).to.deep.include({ state: 'cancelled', reason: 'not needed', decided: null });
      expect(cancelled.cancelled?.name).to.equal('operator@manufacturer');
    }
  });

  it('are decided about by nobody who issued them', async () => {
    for (const name of ['Approve', 'Reject'] as const)
      expect(await refused(operator, name)).to.equal('FORBIDDEN');
  });

  it('are decided about and cancelled by members of their organisation with that right', async () => {
    for (const name of ['Approve', 'Reject', 'Cancel'] as const) {
      expect(await refused(await enrolRole('operator', 'admin'), name)).to.equal('FORBIDDEN');
      expect(await refused(await enrolRole('manufacturer', 'auditor'), name)).to.equal('FORBIDDEN');
    }
  });

  it('are judged by the rules about each device, its groups included', async () => {
    const rule = deny('not-in-hall-7', {
      actions: ['command:approve', 'command:cancel'],
      what: { groups: ['hall-7'] },
    });
    const change = JSON.stringify(put(rule));
    await commands.channel.submit(admin, 'PolicyContract:Propose', change, 'because', '');
    for (const name of ['Approve', 'Reject', 'Cancel'] as const)
      expect(await refused(admin, name)).to.equal('FORBIDDEN');
    await commands.devices(['c']);
    const { id } = await commands.issue(draft(['c'], { name: 'restart' }));
    await commands.change(admin, 'Approve', id);
  });

  it('do not come back from where they ended, nor are approved twice', async () => {
    const next: Readonly<Record<Change, readonly Change[]>> = {
      Approve: ['Approve', 'Reject'],
      Reject: ['Approve', 'Reject', 'Cancel'],
      Cancel: ['Approve', 'Reject', 'Cancel'],
    };
    for (const first of ['Approve', 'Reject', 'Cancel'] as const) {
      const { id } = await commands.issue(draft(['a'], { name: 'restart' }));
      await commands.change(admin, first, id, ...CHANGES[first]);
      for (const second of next[first])
        expect(await refused(admin, second, id), `${first}, ${second}`).to.equal('TRANSITION_ILLEGAL');
    }
  });

  it('end by themselves with their life, to the millisecond', async () => {
    for (const name of ['Approve', 'Reject', 'Cancel'] as const) {
      expect(await refusedAfter(600_000, name)).to.equal('COMMAND_EXPIRED');
      const call = commands.channel.prepare(admin, `CommandContract:${name}`, waiting.id, ...CHANGES[name]);
      const at = Date.parse(waiting.expiresAt) - 1;
      const timestamp = { seconds: BigInt(Math.floor(at / 1000)), nanos: 999_000_000 };
      expect((await commands.channel.endorse({ ...call, timestamp })).status).to.equal(200);
    }
  });

  it('are not approved when they could not be issued any more', async () => {
    await commands.define(definition('restart', { approval: true, enabled: false }));
    expect(await refused(admin, 'Approve')).to.equal('COMMAND_UNKNOWN');
    await commands.define(definition('restart', { approval: true }));
    await commands.channel.submit(admin, 'DeviceContract:Suspend', 'b', 'why');
    expect(await refused(admin, 'Approve')).to.equal('DEVICE_NOT_ACTIVE');
    await commands.change(admin, 'Cancel', waiting.id, 'why');
  });

  it('stay with the organisation that the devices were of', async () => {
    const buyer = await enrolRole('operator', 'admin');
    await commands.channel.submit(admin, 'DeviceContract:Transfer', 'b', 'OperatorMSP', 'sold');
    await commands.channel.submit(buyer, 'DeviceContract:AcceptTransfer', 'b', 'bought');
    expect(await refused(buyer, 'Approve')).to.equal('FORBIDDEN');
    expect(await refused(admin, 'Approve')).to.equal('TRANSITION_ILLEGAL');
    await commands.change(admin, 'Reject', waiting.id, 'sold');
  });

  it('are another tenant’s as if they were not there', async () => {
    const beta = await adminFor('beta');
    const none = '00000000-0000-4000-8000-000000000000';
    for (const [name, args] of Object.entries({ ...CHANGES, Get: [] })) {
      const [other, unknown] = [
        await commands.refusal(beta, name, waiting.id, ...args),
        await commands.refusal(beta, name, none, ...args),
      ];
      expect([other.code, unknown.code]).to.deep.equal(['COMMAND_UNKNOWN', 'COMMAND_UNKNOWN']);
      expect(other.message.replace(waiting.id, none)).to.equal(unknown.message);
    }
    const again = { ...draft(['a']), id: waiting.id };
    expect(await commands.refused(again, await adminFor('acme'))).to.equal('INVALID_ARGUMENT');
  });

  it('are found by an id and by no text that looks like one', async () => {
    for (const name of [...Object.values(HOSTILE_NAMES), waiting.id.toUpperCase(), `${waiting.id} `]) {
      for (const [change, args] of Object.entries({ ...CHANGES, Get: [] }))
        expect((await commands.refusal(admin, change, name, ...args)).code).to.equal('INVALID_ARGUMENT');
    }
  });

  it('are for reasons that people can read', async () => {
    for (const reason of ['', 'a\u0007b', 'x'.repeat(1_000)]) {
      for (const name of ['Reject', 'Cancel'])
        expect((await commands.refusal(admin, name, waiting.id, reason)).code).to.equal('INVALID_ARGUMENT');
    }
  });

  it('are cancelled or approved, not both, when that comes at the same time', async () => {
    const { channel } = commands;
    const calls = [
      channel.prepare(admin, 'CommandContract:Approve', waiting.id),
      channel.prepare(operator, 'CommandContract:Cancel', waiting.id, 'why'),
    ];
    const endorsed = await Promise.all(calls.map((call) => channel.endorse(call)));
    expect(calls.map((call, index) => channel.commit(call, endorsed[index]!))).to.deep.equal([true, false]);
  });
});
