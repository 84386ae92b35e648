import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type CommandAnswer, MAX_ANSWER_BYTES, type Order } from '../../chaincode/protocol/command/wire.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { Backoff } from './backoff.ts';
import { CommandDesk, type CommandHandlers } from './command-desk.ts';
import { CommandJournal } from './command-journal.ts';

const NOW = Date.UTC(2026, 0, 1);

describe('command desk of a device', () => {
  let folder: string;
  let journal: CommandJournal;
  /** Of processes that are gone. */
  let left: CommandJournal[];
  let desk: CommandDesk;
  let now: number;
  let executed: string[];
  let answers: CommandAnswer[];
  let changed: PromiseWithResolvers<undefined>;
  /** What the broker says to an answer. */
  let taken: boolean;

  const handlers: CommandHandlers = {
    add: ({ id, parameters }) => {
      executed.push(id);
      return { sum: Number(parameters['number']) + 1 };
    },
    long: ({ id }, { running }) => {
      executed.push(id);
      running('begun');
      return new Promise(() => undefined);
    },
    broken: () => {
      throw new Error('no oil');
    },
    picky: () => {
      throw new BiotError('PARAMETERS_INVALID', 'number: too large');
    },
    large: () => 'x'.repeat(MAX_ANSWER_BYTES),
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'biot-desk-'));
    now = NOW;
    left = [];
    executed = [];
    answers = [];
    changed = Promise.withResolvers();
    taken = true;
    await begin();
  });
  afterEach(async () => {
    desk.disconnected();
    for (const each of [...left, journal]) await each.close();
    rmSync(folder, { recursive: true });
  });

  async function begin(): Promise<void> {
    journal = await CommandJournal.open(join(folder, 'commands'), now);
    desk = new CommandDesk({
      journal,
      handlers,
      now: () => now,
      retry: new Backoff({ first: 1, longest: 1 }),
    });
    connect();
  }

  function connect(): void {
    desk.connected((_id, payload, settled) => {
      answers.push(JSON.parse(payload) as CommandAnswer);
      settled(taken);
      changed.resolve(undefined);
      changed = Promise.withResolvers();
    });
  }

  /** The process is gone at once: nothing is said, and nothing more is saved. */
  async function killed(): Promise<void> {
    desk.disconnected();
    left.push(journal);
    answers = [];
    await begin();
  }

  function order(name: string, changes: Partial<Order> = {}): Order {
    const made: Order = {
      id: randomUUID(),
      name,
      parameters: { number: 1 },
      expiresAt: new Date(NOW + 60_000).toISOString(),
      timeoutSeconds: 10,
      ...changes,
    };
    receive(made);
    return made;
  }

  function receive(made: Order): void {
    desk.receive(Buffer.from(JSON.stringify(made)));
  }

  async function said(count: number): Promise<string[]> {
    while (answers.length < count) await changed.promise;
    return answers.map(({ state }) => state);
  }

  it('acknowledges an order, does it and gives its result', async () => {
    const { id } = order('add');
    expect(await said(2)).to.deep.equal(['acknowledged', 'succeeded']);
    expect(answers[1]).to.deep.equal({ id, state: 'succeeded', result: { sum: 2 } });
  });

  it('does an order once, however often it comes, and answers with what it knows', async () => {
    const made = order('add');
    receive(made);
    await said(2);
    receive(made);
    expect((await said(3))[2]).to.equal('succeeded');
    await killed();
    await said(1);
    receive(made);
    expect(await said(2)).to.deep.equal(['succeeded', 'succeeded']);
    expect(executed).to.deep.equal([made.id]);
  });

  it('says that a command was interrupted by a crash, and does not begin it again', async () => {
    const made = order('long');
    await said(2);
    await killed();
    expect(await said(1)).to.deep.equal(['failed']);
    expect(answers[0]?.message).to.contain('interrupted');
    receive(made);
    expect(await said(2)).to.deep.equal(['failed', 'failed']);
    expect(executed).to.have.length(1);
  });

  it('says how far it is when it is asked again', async () => {
    const made = order('long');
    expect(await said(2)).to.deep.equal(['acknowledged', 'running']);
    receive(made);
    expect((await said(3))[2]).to.equal('running');
  });

  it('keeps an answer until the broker takes it, through connections and crashes', async () => {
    desk.disconnected();
    order('add');
    while (journal.unsettled(NOW).length === 0) await new Promise(setImmediate);
    taken = false;
    connect();
    expect((await said(3)).slice(-1)).to.deep.equal(['succeeded']);
    await killed();
    taken = true;
    expect((await said(2)).slice(-1)).to.deep.equal(['succeeded']);
    expect(executed).to.have.length(1);
  });

  it('tells a young answer again on a new connection, as the broker may have died with it; an old one not', async () => {
    order('add');
    await said(2);
    desk.disconnected();
    answers = [];
    connect();
    expect(answers.map(({ state }) => state)).to.deep.equal(['succeeded']);
    desk.disconnected();
    answers = [];
    now += 10 * 60_000;
    connect();
    expect(answers).to.deep.equal([]);
  });

  for (const [name, state, text] of [
    ['unheard-of', 'rejected', 'unheard-of'],
    ['broken', 'failed', 'no oil'],
    ['picky', 'rejected', 'too large'],
    ['large', 'failed', 'at most 16384'],
  ] as const) {
    it(`answers ${state} to ${name}`, async () => {
      order(name);
      await said(state === 'rejected' && name === 'unheard-of' ? 1 : 2);
      expect(answers.at(-1)).to.include({ state });
      expect(answers.at(-1)?.message).to.contain(text);
    });
  }

  it('begins nothing that has expired, and makes nothing of what is no order', async () => {
    order('add', { expiresAt: new Date(NOW).toISOString() });
    desk.receive(Buffer.from('{"id":'));
    desk.receive(Buffer.from('{}'));
    order('add');
    await said(2);
    expect(executed).to.have.length(1);
  });
});
