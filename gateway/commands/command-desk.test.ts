import { randomUUID } from 'node:crypto';

import { expect } from 'chai';
import fc from 'fast-check';

import {
  type CommandDraft,
  MAX_COMMAND_DEVICES,
  MAX_COMMANDS,
} from '../../chaincode/protocol/command/command.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Subject } from '../../chaincode/protocol/policy/request.ts';
import type { CommandLedger } from '../../network/ledger/commands.ts';
import { FakeCommands } from '../testing/fake-commands.ts';
import { FakeRegistry } from '../testing/fake-registry.ts';
import { newPublicKey } from '../testing/gateway.ts';
import { CommandDesk } from './command-desk.ts';
import { nextLoad, type Waiting } from './load.ts';

const ENTRY = {
  type: 'thermometer',
  name: 'restart',
  description: 'of a test',
  parameters: { type: 'object', properties: {}, required: [], additionalProperties: false },
  roles: ['admin'],
  approval: false,
  lifetimeSeconds: 60,
  timeoutSeconds: 60,
  enabled: true,
} as const;

const codeOf = (error: unknown): string => (error instanceof BiotError ? error.code : String(error));

describe('the desk of commands', () => {
  const registry = new FakeRegistry();
  const member = (name: string): Subject => ({ name, org: 'OperatorMSP', role: 'admin', tenants: '*' });
  let ledger: FakeCommands;

  const sessionOf = (name = 'admin@operator') => ({
    member: member(name),
    commands: ledger.actingAs(member(name)),
  });
  const draft = (fields: Partial<CommandDraft> = {}): CommandDraft => ({
    id: randomUUID(),
    name: 'restart',
    devices: ['press-07'],
    group: null,
    parameters: {},
    ...fields,
  });

  before(() => {
    registry.add('press-07', newPublicKey());
  });
  beforeEach(async () => {
    ledger = new FakeCommands(registry, () => 0);
    await sessionOf().commands.define({
      ...ENTRY,
      roles: [...ENTRY.roles],
      parameters: { ...ENTRY.parameters, required: [] },
    });
  });

  /** Answers of the ledger that wait to be let through. */
  function held(commands: CommandLedger) {
    const gates: (() => void)[] = [];
    const issue: CommandLedger['issue'] = async (drafts) => {
      await new Promise<void>((resolve) => gates.push(resolve));
      return commands.issue(drafts);
    };
    return { commands: { ...commands, issue }, gates };
  }

  it('puts what comes together into one transaction, and gives each caller its own command', async () => {
    const desk = new CommandDesk({ gatherMs: 1 });
    const session = sessionOf();
    const drafts = Array.from({ length: 50 }, () => draft());
    const issued = await Promise.all(drafts.map((one) => desk.issue(session, one)));
    expect(ledger.transactions).to.deep.equal([50]);
    expect(issued.map(({ command }) => command.id)).to.deep.equal(drafts.map(({ id }) => id));
    expect(desk.waiting).to.equal(0);
  });

  it('tells a caller of its refusal alone', async () => {
    const desk = new CommandDesk({ gatherMs: 1 });
    const session = sessionOf();
    const results = await Promise.allSettled([
      desk.issue(session, draft()),
      desk.issue(session, draft({ devices: ['nowhere'] })),
      desk.issue(session, draft({ parameters: { more: 1 } })),
      desk.issue(session, draft()),
    ]);
    expect(
      results.map((result) => (result.status === 'fulfilled' ? 'issued' : codeOf(result.reason))),
    ).to.deep.equal(['issued', 'DEVICE_UNKNOWN', 'PARAMETERS_INVALID', 'issued']);
    expect(ledger.transactions).to.deep.equal([4]);
  });

  it('signs with no other key than that of the member who asks', async () => {
    const desk = new CommandDesk({ gatherMs: 1 });
    const [one, other] = await Promise.all([
      desk.issue(sessionOf('a@operator'), draft()),
      desk.issue(sessionOf('b@operator'), draft()),
    ]);
    expect([one.command.issued.name, other.command.issued.name]).to.deep.equal(['a@operator', 'b@operator']);
    expect(ledger.transactions).to.deep.equal([1, 1]);
  });

  it('has two transactions of a member under way at most, and gathers the rest meanwhile', async () => {
    const desk = new CommandDesk({ gatherMs: 0 });
    const { commands, gates } = held(sessionOf().commands);
    const session = { member: member('admin@operator'), commands };
    const until = async (condition: () => boolean): Promise<void> => {
      while (!condition()) await new Promise((resolve) => setTimeout(resolve));
    };
    const all: Promise<unknown>[] = [];
    for (const place of [1, 2]) {
      all.push(desk.issue(session, draft()));
      await until(() => gates.length === place);
    }
    for (let count = 0; count < MAX_COMMANDS + 5; count += 1) all.push(desk.issue(session, draft()));
    expect(gates).to.have.length(2);
    for (let place = 0; place < 4; place += 1) {
      await until(() => gates.length > place);
      gates[place]?.();
    }
    await Promise.all(all);
    expect(ledger.transactions).to.deep.equal([1, 1, MAX_COMMANDS, 5]);
  });

  it('refuses when too many wait, and takes others’ all the same', async () => {
    const desk = new CommandDesk({ gatherMs: 1, mostWaiting: 2, mostWaitingOfAll: 3 });
    const session = sessionOf();
    const waiting = [desk.issue(session, draft()), desk.issue(session, draft())];
    expect(() => desk.issue(session, draft()))
      .to.throw()
      .with.property('code', 'RATE_LIMITED');
    waiting.push(desk.issue(sessionOf('b@operator'), draft()));
    expect(() => desk.issue(sessionOf('c@operator'), draft()))
      .to.throw()
      .with.property('code', 'RATE_LIMITED');
    await Promise.all(waiting);
    await desk.issue(session, draft());
  });

  it('issues once more what may have been issued, and nothing twice', async () => {
    const desk = new CommandDesk({ gatherMs: 1 });
    const { commands, member: subject } = sessionOf();
    let lost = true;
    const issue: CommandLedger['issue'] = async (drafts) => {
      const result = await commands.issue(drafts);
      if (!lost) return result;
      lost = false;
      throw new BiotError('LEDGER_COMMIT_UNKNOWN', 'no answer');
    };
    const { command } = await desk.issue({ member: subject, commands: { ...commands, issue } }, draft());
    expect(ledger.transactions).to.deep.equal([1, 1]);
    expect([...ledger.commands.keys()]).to.deep.equal([command.id]);
  });

  it('reports a failed transaction to each of its callers', async () => {
    const desk = new CommandDesk({ gatherMs: 1 });
    const { commands, member: subject } = sessionOf();
    const issue = () => Promise.reject(new BiotError('LEDGER_ENDORSE_FAILED', 'no'));
    const session = { member: subject, commands: { ...commands, issue } };
    const results = await Promise.allSettled([desk.issue(session, draft()), desk.issue(session, draft())]);
    expect(results.map((result) => result.status === 'rejected' && codeOf(result.reason))).to.deep.equal([
      'LEDGER_ENDORSE_FAILED',
      'LEDGER_ENDORSE_FAILED',
    ]);
  });
});

describe('a load of commands', () => {
  const ledgers = [0, 1].map((): Waiting['ledger'] => ({
    issue: () => Promise.reject(new Error('not asked')),
  }));

  it('has all of the queue after some rounds, in its order, each of one session and without doubles', () => {
    const arriving = fc.array(
      fc.record({
        ...{ session: fc.nat(1), id: fc.nat(20) },
        ...{ size: fc.constantFrom(1, 40_000, 300_000), devices: fc.constantFrom(1, 400, 1_000) },
      }),
      { maxLength: 150 },
    );
    fc.assert(
      fc.property(arriving, (arrivals) => {
        const queue = arrivals.map(({ session, id, size, devices }): Waiting => ({
          ledger: ledgers[session]!,
          draft: {
            id: String(id),
            name: 'n',
            devices: Array.from({ length: devices }, (_, place) => String(place)),
            group: null,
            parameters: { text: 'x'.repeat(size) },
          },
          resolve: () => undefined,
          reject: () => undefined,
        }));
        const all = [...queue];
        const loads: Waiting[][] = [];
        while (queue.length > 0) loads.push(nextLoad(queue));
        expect(loads.flat()).to.deep.equal(all);
        for (const load of loads) {
          expect(load.length).to.be.within(1, MAX_COMMANDS);
          expect(new Set(load.map(({ ledger }) => ledger)).size).to.equal(1);
          expect(new Set(load.map(({ draft }) => draft.id)).size).to.equal(load.length);
          const size = JSON.stringify(load.map(({ draft }) => draft)).length;
          const devices = load.reduce((sum, { draft }) => sum + draft.devices.length, 0);
          expect(devices).to.be.at.most(MAX_COMMAND_DEVICES);
          expect(load.length === 1 || size < 300_000).to.equal(true);
        }
      }),
      { numRuns: 30 },
    );
  });
});
