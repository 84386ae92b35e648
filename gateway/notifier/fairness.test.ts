import { expect } from 'chai';
import fc from 'fast-check';

import type { Dispatcher } from './dispatcher.ts';
import { FakeMailbox, testDispatcher } from './testing/fake-mailbox.ts';

/** Places of channels that did not fail, and how many of them one tenant gets. */
const PLACES = 12;
const OF_ONE_TENANT = 4;

describe('endpoints that are slow, and take everything', () => {
  let mailbox: FakeMailbox;
  let dispatcher: Dispatcher;
  /** Channels in the order in which they were sent something. */
  let sent: string[];
  let underWay: { channel: string; end: () => void }[];

  beforeEach(open);

  function open(): void {
    mailbox = new FakeMailbox();
    [sent, underWay] = [[], []];
    dispatcher = testDispatcher(mailbox, ({ id: channel }) => {
      sent.push(channel);
      return new Promise((resolve) => {
        const end = (): void => {
          resolve({ kind: 'taken' });
        };
        underWay.push({ channel, end });
      });
    });
  }

  const busy = (): string[] => underWay.map(({ channel }) => channel);

  async function look(): Promise<void> {
    await dispatcher.look();
    await new Promise(setImmediate);
  }

  async function endAll(): Promise<void> {
    for (const { end } of underWay.splice(0)) end();
    await new Promise(setImmediate);
  }

  it('give their place up after each message, to whoever was served longest ago', async () => {
    const slow = Array.from({ length: PLACES }, (_, number) => `slow@t${number}`);
    for (const channel of [...slow, ...slow, ...slow]) mailbox.put(channel);
    await look();
    expect(busy()).to.have.members(slow);
    mailbox.put('pager@beta');
    await look();
    expect(sent).not.to.include('pager@beta');
    await endAll();
    expect(busy()).to.have.length(PLACES).and.to.include('pager@beta');
    for (let round = 0; round < 3; round += 1) await endAll();
    expect([mailbox.waiting, sent.length]).to.deep.equal([[], 37]);
  });

  it('are not served again before all who wait, in whatever order they answer', async () => {
    const channels = Array.from({ length: 20 }, (_, number) => `slow@t${number}`);
    const answers = fc.array(fc.nat(), { minLength: 60, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(answers, fc.nat({ max: 9 }), async (choices, everyNth) => {
        open();
        for (let count = 0; count < 10; count += 1) for (const channel of channels) mailbox.put(channel);
        await look();
        for (const [index, choice] of choices.entries()) {
          underWay.splice(choice % underWay.length, 1)[0]?.end();
          await new Promise(setImmediate);
          if (index % 10 === everyNth) await look();
        }
        for (const [index, channel] of sent.entries()) {
          const next = sent.indexOf(channel, index + 1);
          const others = new Set(sent.slice(index + 1, next));
          // At most the other places are taken by who need not be served meanwhile.
          if (next !== -1) expect(others.size).to.be.at.least(channels.length - PLACES);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('of one tenant have a few places, so that others get theirs at once', async () => {
    for (let number = 0; number < 20; number += 1) mailbox.put(`slow${number}`);
    await look();
    expect(busy()).to.have.length(OF_ONE_TENANT);
    mailbox.put('pager@beta');
    await look();
    expect(busy())
      .to.have.length(OF_ONE_TENANT + 1)
      .and.to.include('pager@beta');
    await endAll();
    expect(busy()).to.have.length(OF_ONE_TENANT);
  });

  it('are sent nothing more when the end is waited for', async () => {
    for (const channel of ['a', 'a', 'b', 'b']) mailbox.put(channel);
    await look();
    const idle = dispatcher.idle();
    await endAll();
    await idle;
    expect([sent, underWay]).to.deep.equal([['a', 'b'], []]);
  });
});
