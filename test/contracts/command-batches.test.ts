import { expect } from 'chai';

import { commandsEventSchema, issueOutcomeSchema } from '../../chaincode/protocol/command/command.ts';
import { Commands, draft } from './harness/commands.ts';

describe('commands that are issued together', () => {
  let commands: Commands;

  beforeEach(async () => {
    commands = await Commands.open();
    await commands.devices(['a', 'b']);
  });

  it('are judged each by itself, in their order', async () => {
    const drafts = [
      draft(['a']),
      draft(['x']),
      draft(['b'], { parameters: { seconds: 'soon' } }),
      draft(['a', 'b'], { name: 'restart' }),
      draft(['b'], { name: 'calibrate' }),
    ];
    const { result, event } = await commands.submit(commands.operator, 'Issue', JSON.stringify(drafts));
    const outcomes = issueOutcomeSchema.array().parse(result);
    expect(outcomes.map((one) => ('problem' in one ? one.problem.code : one.command.id))).to.deep.equal([
      drafts[0]!.id,
      'DEVICE_UNKNOWN',
      'PARAMETERS_INVALID',
      drafts[3]!.id,
      'FORBIDDEN',
    ]);
    expect(outcomes.map((one) => ('problem' in one ? one.id : one.command.id))).to.deep.equal(
      drafts.map(({ id }) => id),
    );
    expect(commandsEventSchema.parse(event?.payload).commands.map(({ id }) => id)).to.deep.equal([
      drafts[0]!.id,
      drafts[3]!.id,
    ]);
    for (const index of [1, 2, 4])
      expect((await commands.refusal(commands.admin, 'Get', drafts[index]!.id)).code).to.equal(
        'COMMAND_UNKNOWN',
      );
  });

  it('are none, and nobody is told, when all are refused', async () => {
    const drafts = [draft(['x']), draft(['y'])];
    const { event, writes } = await commands.submit(commands.operator, 'Issue', JSON.stringify(drafts));
    expect({ event, writes }).to.deep.equal({ event: undefined, writes: [] });
  });

  it('may be the same one twice, but no other of the same id', async () => {
    const drafted = draft(['a']);
    const outcomes = await commands.issueAll([drafted, drafted, { ...drafted, devices: ['b'] }]);
    const command = await commands.get(drafted.id);
    expect(outcomes.slice(0, 2)).to.deep.equal([{ command }, { command }]);
    expect(outcomes[2]).to.have.nested.property('problem.code', 'INVALID_ARGUMENT');
    expect(command.devices).to.deep.equal(['a']);
  });

  it('are 1 to 100, to at most 1,000 devices', async () => {
    const refused = async (drafts: unknown): Promise<string> =>
      (await commands.refusal(commands.operator, 'Issue', JSON.stringify(drafts))).code;
    expect(await refused([])).to.equal('INVALID_ARGUMENT');
    const many = Array.from({ length: 100 }, () => draft(['a']));
    expect(await refused([...many, draft(['a'])])).to.equal('INVALID_ARGUMENT');
    expect((await commands.issueAll(many)).every((one) => 'command' in one)).to.equal(true);
    const ids = Array.from({ length: 501 }, (_, index) => `d-${index}`);
    expect(await refused([draft(ids), draft(ids)])).to.equal('INVALID_ARGUMENT');
  });

  it('go to 1,000 devices, of which whole lots are read at once', async () => {
    const ids = Array.from({ length: 1000 }, (_, index) => `press-${String(index).padStart(4, '0')}`);
    await commands.devices(ids);
    const { channel, operator } = commands;
    const call = channel.prepare(operator, 'CommandContract:Issue', JSON.stringify([draft(ids)]));
    const endorsement = await channel.endorse(call);
    expect(endorsement.status).to.equal(200);
    expect(endorsement.simulation.ranges).to.have.length(100);
    expect(endorsement.simulation.writes.size).to.equal(1);
    await channel.submit(commands.admin, 'DeviceContract:Suspend', ids[777]!, 'why');
    expect(channel.commit(call, endorsement)).to.equal(false);
    expect(await commands.refused(draft(ids))).to.equal('DEVICE_NOT_ACTIVE');
    expect(await commands.refused(draft([...ids, 'one-more']))).to.equal('INVALID_ARGUMENT');
  }).timeout(60_000);
});
