import { expect } from 'chai';

import type { Outcome } from './channels/outcome.ts';
import type { Dispatcher } from './dispatcher.ts';
import { FakeMailbox, testDispatcher } from './testing/fake-mailbox.ts';

describe('the dispatcher of notifications', () => {
  let mailbox: FakeMailbox;
  let sent: string[];
  let answer: (channel: string) => Outcome | Promise<Outcome>;
  let dispatcher: Dispatcher;

  beforeEach(() => {
    mailbox = new FakeMailbox();
    sent = [];
    answer = () => ({ kind: 'taken' });
    dispatcher = testDispatcher(mailbox, async ({ id }, { idempotency }) => {
      sent.push(idempotency);
      return answer(id);
    });
  });

  /** Looks each second, and waits for what is sent. */
  async function pass(ms: number): Promise<void> {
    for (const end = mailbox.now + ms; mailbox.now < end; mailbox.now += 1_000) {
      await dispatcher.look();
      await dispatcher.idle();
    }
  }

  it('sends what waits, once', async () => {
    mailbox.put('a');
    mailbox.put('b');
    await pass(3_000);
    expect([sent.toSorted(), mailbox.waiting]).to.deep.equal([['a-1', 'b-2'], []]);
  });

  it('keeps on through an hour of refusals, ever less often, and sends all when it is over', async () => {
    answer = () => ({ kind: 'failed', failure: 'answered 500' });
    mailbox.put('a');
    mailbox.put('a');
    await pass(3_600_000);
    expect(sent.length).to.be.within(10, 40);
    expect([mailbox.dead, mailbox.waiting.length]).to.deep.equal([[], 2]);
    answer = () => ({ kind: 'taken' });
    await pass(3_600_000);
    expect(mailbox.waiting).to.deep.equal([]);
  });

  it('leaves an endpoint alone as long as it asks to be, and no message of it is lost', async () => {
    answer = () => ({ kind: 'failed', failure: 'answered 429', notBefore: 1_800_000 });
    mailbox.put('a');
    mailbox.put('a');
    await pass(1_800_000);
    expect(sent).to.deep.equal(['a-1']);
    answer = () => ({ kind: 'taken' });
    await pass(600_000);
    expect([sent.toSorted(), mailbox.waiting]).to.deep.equal([['a-1', 'a-1', 'a-2'], []]);
  });

  it('gives up after a day, or at once on what is refused for good', async () => {
    answer = (channel) =>
      channel === 'a'
        ? { kind: 'failed', failure: 'answered 500' }
        : { kind: 'refused', failure: 'answered 410' };
    mailbox.put('a');
    mailbox.put('b');
    await pass(1_000);
    expect(mailbox.dead.map(({ failure }) => failure)).to.deep.equal(['answered 410']);
    await pass(25 * 3_600_000);
    expect(mailbox.dead.map(({ failure }) => failure)).to.deep.equal(['answered 410', 'answered 500']);
    expect(mailbox.waiting).to.deep.equal([]);
  });

  it('removes a channel that is gone', async () => {
    answer = () => ({ kind: 'gone' });
    mailbox.put('a');
    await pass(1_000);
    expect(mailbox.removed).to.deep.equal(['a']);
  });

  it('throws old dead letters away each hour, whether or not another one dies', async () => {
    mailbox.now = 1_700_000_000_000;
    await pass(2.5 * 3_600_000);
    expect(mailbox.forgotten).to.equal(3);
  });

  it('serves the others while many hang, again and again', async () => {
    const hanging: ((outcome: Outcome) => void)[] = [];
    answer = (channel) =>
      channel.startsWith('dead')
        ? new Promise((resolve) => {
            hanging.push(resolve);
          })
        : { kind: 'taken' };
    for (let number = 0; number < 40; number += 1) mailbox.put(`dead${number}`);
    // Once they have failed, they have few places.
    while (sent.length < 40) {
      await dispatcher.look();
      await new Promise(setImmediate);
      for (const end of hanging.splice(0)) end({ kind: 'failed', failure: 'no answer in time' });
      await dispatcher.idle();
    }
    mailbox.now += 60_000;
    await dispatcher.look();
    await new Promise(setImmediate);
    expect(hanging.length).to.be.within(1, 11);
    mailbox.put('good');
    await dispatcher.look();
    await new Promise(setImmediate);
    expect(sent.at(-1)).to.match(/^good-/);
    for (const end of hanging) end({ kind: 'failed', failure: 'no answer in time' });
    await dispatcher.idle();
  });
});
