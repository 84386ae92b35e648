import { expect } from 'chai';

import type { Command } from '../../chaincode/protocol/command/command.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { Watcher } from '../testing/coap.ts';
import { CommandWorld } from '../testing/command-world.ts';
import { testDevice } from '../testing/devices.ts';
import { FakeDelivery } from '../testing/fake-broker.ts';
import { testCommand } from '../testing/fake-commands.ts';

const NO_SUBSCRIBERS = 0x10;

describe('commands on their way', () => {
  let world: CommandWorld;
  beforeEach(() => {
    world = new CommandWorld();
    world.start();
  });
  afterEach(() => world.end());

  it('go to their device as the ledger has them, with all that it takes to answer', async () => {
    const command = world.issue({ parameters: { mode: 'soft' } });
    await world.pass();
    expect(world.orders()).to.deep.equal([
      {
        topic: 'biot/v1/acme/press-07/command',
        payload: {
          id: command.id,
          name: 'restart',
          parameters: { mode: 'soft' },
          expiresAt: command.expiresAt,
          timeoutSeconds: 10,
        },
        qos: 1,
        properties: {
          responseTopic: 'biot/v1/acme/press-07/answer',
          correlationData: Buffer.from(command.id),
          messageExpiryInterval: 600,
        },
      },
    ]);
    expect(world.store.timeline(command)).to.deep.equal(['queued', 'sent']);
    const delivery = await world.answer({ id: command.id, state: 'succeeded', result: { ok: true } });
    expect(delivery.acknowledged).to.equal(1);
    expect(world.store.row(command)).to.include({ state: 'succeeded', result: '{"ok":true}' });
    expect(
      world.broker.to('biot/commands/acme').map((news) => (news as { state: string }).state),
    ).to.deep.equal(['queued', 'sent', 'succeeded']);
  });

  it('are not called sent when the broker knows nobody there, and go out when the device is heard of', async () => {
    world.broker.answers = () => NO_SUBSCRIBERS;
    const command = world.issue();
    await world.pass(20_000);
    expect(world.store.row(command)?.state).to.equal('queued');
    const tried = world.orders().length;
    expect(tried).to.be.within(3, 8);
    world.broker.answers = () => 0;
    world.commands.heard('press-07');
    await world.pass();
    expect(world.orders()).to.have.length(tried + 1);
    expect(world.store.row(command)?.state).to.equal('sent');
  });

  it('are sent again while nobody answers, and no more once somebody has', async () => {
    const command = world.issue();
    await world.pass(60_000);
    const sent = world.orders().length;
    expect(sent).to.be.within(2, 5);
    await world.answer({ id: command.id, state: 'acknowledged' });
    await world.pass(5_000);
    expect(world.orders()).to.have.length(sent);
  });

  const poll = (said: object = { seconds: 30 }): void => {
    world.commands.receive(new FakeDelivery('biot/relay/acme/press-07/poll', said));
  };

  it('are waited for as long as the gateway says, and not at all when it says nothing that could be', () => {
    for (const said of [{ seconds: 30 }, {}, { seconds: 61 }, { seconds: -1 }]) poll(said);
    expect(world.waiting).to.deep.equal([30_000, 0, 0, 0].map((ms) => ['press-07', ms]));
  });

  it('go out at once when their device asks by HTTP, and again when it asks and has not answered', async () => {
    world.broker.answers = () => NO_SUBSCRIBERS;
    const command = world.issue();
    await world.pass(30_000);
    const tried = world.orders().length;
    world.broker.answers = () => 0;
    poll();
    await world.pass();
    expect(world.orders()).to.have.length(tried + 1);
    expect(world.store.row(command)?.state).to.equal('sent');
    poll();
    await world.pass(1_000);
    expect(world.orders(), 'it has just got it').to.have.length(tried + 1);
    await world.pass(1_000);
    poll();
    await world.pass();
    expect(world.orders()).to.have.length(tried + 2);
    await world.answer({ id: command.id, state: 'acknowledged' });
    await world.pass(2_000);
    poll();
    await world.pass();
    expect(world.orders()).to.have.length(tried + 2);
  });

  it('are answered by HTTP when the device itself signed that, naming the command', async () => {
    const command = world.issue();
    await world.pass();
    const relayed = async (payload: object, token?: string): Promise<void> => {
      world.commands.receive(new FakeDelivery('biot/relay/acme/press-07/answer', payload, token));
      await world.pass();
    };
    await relayed({ id: command.id, state: 'succeeded' });
    await relayed({ id: command.id, state: 'succeeded' }, 'press-08');
    await relayed({ state: 'succeeded' }, 'press-07');
    expect(world.refused).to.deep.equal([
      ['press-07', 'TOKEN_INVALID'],
      ['press-07', 'TOKEN_INVALID'],
      ['press-07', 'MESSAGE_MALFORMED'],
    ]);
    expect(world.store.row(command)?.state).to.equal('sent');
    await relayed({ id: command.id, state: 'succeeded', result: 7 }, 'press-07');
    expect(world.store.row(command)).to.include({ state: 'succeeded', result: '7' });
  });

  it('end by time: unheard of they expire, and without a result they fail', async () => {
    world.broker.answers = (topic) => (topic.includes('press-08') ? 0 : NO_SUBSCRIBERS);
    world.devices.set('press-08', testDevice('press-08'));
    const lost = world.issue();
    const slow = world.issue({ devices: ['press-08'] });
    const undecided = world.issue({ state: 'pending approval', devices: ['press-09'] });
    await world.pass();
    await world.answer({ id: slow.id, state: 'acknowledged' }, 'press-08');
    await world.pass(12_000);
    expect(world.store.row(slow, 'press-08')).to.include({
      state: 'failed',
      message: 'no result within 10 s',
    });
    await world.pass(600_000);
    expect(world.store.row(lost)?.state).to.equal('expired');
    expect(world.store.row(undecided, 'press-09')?.state).to.equal('expired');
  });

  it('wait for their approval, and are not sent when they are rejected or cancelled', async () => {
    const [approved, rejected, cancelled] = ['press-07', 'press-07', 'press-07'].map(() =>
      world.issue({ state: 'pending approval' }),
    );
    await world.pass(5_000);
    expect(world.orders()).to.deep.equal([]);
    const deed = { ...approved!.issued, name: 'operator@manufacturer' };
    world.decide({ ...approved!, state: 'queued', decided: deed });
    world.decide({ ...rejected!, state: 'rejected', decided: deed, reason: 'no' });
    world.decide({ ...cancelled!, state: 'cancelled', cancelled: deed, reason: 'no' });
    await world.pass(5_000);
    expect(world.orders()).to.have.length(1);
    expect(world.store.timeline(approved!)).to.deep.equal(['pending approval', 'queued', 'sent']);
    expect(world.store.row(rejected!)?.state).to.equal('rejected');
    expect(world.store.row(cancelled!)?.state).to.equal('cancelled');
  });

  it('are decided by the ledger alone: what somebody wrote into the tables is not sent', async () => {
    const forged = testCommand(world.time.now());
    const stretched = world.issue({ devices: ['press-07'] });
    world.devices.set('press-66', testDevice('press-66'));
    await world.store.change((tables) =>
      tables.addDeliveries([forged, { ...stretched, devices: ['press-66'] }], world.time.now()),
    );
    await world.pass(30_000);
    expect(world.orders().map(({ topic }) => topic)).to.not.include('biot/v1/acme/press-66/command');
    expect(world.orders().some(({ payload }) => (payload as { id: string }).id === forged.id)).to.equal(
      false,
    );
  });

  for (const [what, change] of Object.entries({
    'is suspended': { status: 'suspended' },
    'has another owner': { org: 'OperatorMSP' },
    'is another tenant’s': { tenant: 'other' },
  } as const)) {
    it(`are not sent to a device that ${what} meanwhile`, async () => {
      world.devices.set('press-07', testDevice('press-07', change));
      const command = world.issue();
      await world.pass(5_000);
      expect(world.orders()).to.deep.equal([]);
      expect(world.store.row(command)?.state).to.equal('queued');
    });
  }

  const noMore: Record<string, (command: Command) => void> = {
    'its command is cancelled': (command) =>
      world.decide({ ...command, state: 'cancelled', cancelled: command.issued, reason: 'no' }),
    'its device is suspended': () =>
      world.devices.set('press-07', testDevice('press-07', { status: 'suspended' })),
    'its device belongs to another': () =>
      world.devices.set('press-07', testDevice('press-07', { tenant: 'other' })),
    'the ledger is silent': () => (world.silentMs = 6_000),
  };
  for (const [when, happens] of Object.entries(noMore)) {
    it(`are not told to who observes, after others, when ${when} meanwhile`, async () => {
      const watcher = new Watcher();
      const tell = watcher.notify;
      const acknowledged = Promise.withResolvers<boolean>();
      watcher.notify = (reply) => tell(reply).then(() => acknowledged.promise);
      world.observers.add('press-07', { observation: watcher, from: 'here' });
      world.issue();
      await world.pass();
      const second = world.issue();
      await world.pass(1_000);
      expect(world.store.row(second)?.attempts).to.equal(1);
      happens(second);
      await world.pass();
      acknowledged.resolve(true);
      await world.pass(100);
      expect(watcher.told).to.have.length(1);
    });
  }

  it('are not sent while the ledger is silent: one may be cancelled since', async () => {
    world.silentMs = 6_000;
    world.issue();
    await world.pass(5_000);
    expect(world.orders()).to.deep.equal([]);
    world.silentMs = 0;
    await world.pass(5_000);
    expect(world.orders()).to.have.length(1);
  });

  it('are refused the answers of others, to what was not sent, and after the end; nothing changes', async () => {
    world.broker.answers = () => NO_SUBSCRIBERS;
    world.silentMs = 6_000;
    const command = world.issue();
    await world.pass();
    await world.answer({ id: command.id, state: 'acknowledged' });
    await world.answer({ id: command.id, state: 'succeeded' }, 'press-08');
    world.silentMs = 0;
    world.broker.answers = () => 0;
    await world.pass(5_000);
    await world.answer({ id: command.id, state: 'failed' });
    await world.answer({ id: command.id, state: 'succeeded' });
    const nonsense = await world.answer({ state: 'sent' });
    expect(nonsense.acknowledged).to.equal(1);
    expect(world.refused).to.deep.equal([
      ['press-07', 'COMMAND_UNKNOWN'],
      ['press-08', 'COMMAND_UNKNOWN'],
      ['press-07', 'TRANSITION_ILLEGAL'],
      ['press-07', 'MESSAGE_MALFORMED'],
    ]);
    expect(world.store.row(command)?.state).to.equal('failed');
  });

  it('are read once, block by block, through failures of the database', async () => {
    const first = world.issue();
    await world.pass();
    world.store.failures = Array.from({ length: 3 }, () => new BiotError('DATABASE_UNAVAILABLE', 'down'));
    const second = world.issue();
    await world.pass(20_000);
    expect(world.store.content.events.filter(({ device }) => device === null)).to.have.length(2);
    for (const command of [first, second])
      expect(world.store.timeline(command)).to.deep.equal(['queued', 'sent']);
  });

  it('are refused answers that no database could keep, wherever that is within', async () => {
    const command = world.issue();
    await world.pass();
    let deep: unknown = 1;
    for (let depth = 0; depth < 31; depth += 1) deep = [deep];
    const wrong = [
      { message: '\ud800' },
      { result: 'a\udc00' },
      { result: [{ a: { '\ud800': 1 } }] },
      { result: deep },
    ];
    for (const part of wrong) {
      const delivery = await world.answer({ id: command.id, state: 'succeeded', ...part });
      expect(delivery.acknowledged).to.equal(1);
    }
    expect(world.refused).to.deep.equal(wrong.map(() => ['press-07', 'MESSAGE_MALFORMED']));
    await world.answer({ id: command.id, state: 'succeeded', result: { '😀': '😀' }, message: '😀' });
    expect(world.store.row(command)?.state).to.equal('succeeded');
  });

  it('lose no answer to a database that is down', async () => {
    const command = world.issue();
    await world.pass();
    world.store.failures = Array.from({ length: 2 }, () => new BiotError('DATABASE_UNAVAILABLE', 'down'));
    const delivery = await world.answer({ id: command.id, state: 'succeeded' });
    expect(delivery.acknowledged).to.equal(0);
    await world.pass(10_000);
    expect(delivery.acknowledged).to.equal(1);
    expect(world.store.row(command)?.state).to.equal('succeeded');
  });

  it('are sent again when the process died before it knew that they were, and answers still count', async () => {
    world.broker.answers = () => undefined;
    const command = world.issue();
    await world.pass();
    expect(world.store.row(command)).to.include({ state: 'queued', attempts: 1 });
    await world.end();
    world.broker.answers = () => 0;
    world.start();
    const delivery = await world.answer({ id: command.id, state: 'acknowledged' });
    expect(delivery.acknowledged).to.equal(1);
    expect(world.refused).to.deep.equal([]);
    expect(world.store.timeline(command)).to.deep.equal(['queued', 'sent', 'acknowledged']);
    await world.pass(5_000);
    expect(world.orders()).to.have.length(1);
  });

  it('go on where the ledger was left, and are asked for again when nothing is remembered', async () => {
    world.broker.answers = () => NO_SUBSCRIBERS;
    const command = world.issue();
    await world.pass();
    await world.end();
    world.broker.answers = () => 0;
    const cancelled = { ...command, state: 'cancelled' as const, cancelled: command.issued };
    world.ledger.set(command.id, cancelled);
    world.start();
    await world.pass(5_000);
    expect(world.store.row(command)?.state).to.equal('queued');
    expect(world.orders()).to.have.length(1);
    world.chain.add([cancelled]);
    await world.pass();
    expect(world.store.row(command)?.state).to.equal('cancelled');
  });

  it('are many at once in few changes of the database', async () => {
    const names = Array.from({ length: 1000 }, (_, index) => `press-${index}`);
    for (const name of names) world.devices.set(name, testDevice(name));
    const command = world.issue({ devices: names });
    await world.pass();
    expect(world.orders()).to.have.length(1000);
    expect(world.store.changes).to.be.lessThan(12);
    for (const name of names)
      world.commands.receive(
        new FakeDelivery(`biot/v1/acme/${name}/answer`, { id: command.id, state: 'succeeded' }),
      );
    await world.pass();
    expect([...world.store.content.deliveries.values()].every(({ state }) => state === 'succeeded')).to.equal(
      true,
    );
    expect(world.store.changes).to.be.lessThan(20);
  });
});
