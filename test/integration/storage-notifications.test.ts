import { expect } from 'chai';
import { z } from 'zod';

import type { Channel } from '../../chaincode/protocol/notifications/channel.ts';
import type { Content } from '../../chaincode/protocol/notifications/notice.ts';
import { fanOut } from '../../gateway/notifier/fan-out.ts';
import { deadMessages, notificationChannels, type StoredMessage } from '../../sql/queries/notifications.ts';
import { select } from '../../sql/query.ts';
import { transactions } from '../../sql/transaction.ts';
import { takeStep } from '../../sql/writers/alert-life.ts';
import { insertAlerts } from '../../sql/writers/alerts.ts';
import {
  addMessages,
  noteFailure,
  putChannel,
  removeChannel,
  reviveMessage,
  takeMessage,
} from '../../sql/writers/notifications.ts';
import { NOW, testStorage } from '../harness/storage.ts';

const CHANNEL: Channel = {
  ...{ id: '0b0f4d5e-4d7c-4a5e-9d55-3f1f8f3f5a10', version: 1, author: 'admin@operator', updatedAt: NOW },
  ...{ name: 'Pager', tenant: 'acme', enabled: true, minimumSeverity: 'major', rules: null },
  destination: { kind: 'webhook', url: 'https://example.com/' },
};
const TEST: Content = { kind: 'test', by: 'admin@operator', at: NOW };

describe('notifications in MariaDB', () => {
  const storage = testStorage();

  beforeEach(async () => {
    await storage.pool.query('DELETE FROM alert_notices');
    await removeChannel(storage.pool, CHANNEL.id);
    await putChannel(storage.pool, { channel: CHANNEL, sealedSecret: new Uint8Array([1, 2]) });
  });

  function raise(...severities: ('critical' | 'minor')[]): Promise<void> {
    const alert = { device: 'press-07', tenant: 'acme', type: 'threshold', value: 1, details: {} };
    return insertAlerts(
      storage.pool,
      severities.map((severity) => ({ ...alert, severity, createdAt: NOW })),
    );
  }

  const tell = (): Promise<boolean> => fanOut(transactions(storage.pool), NOW);

  function take(now = NOW): Promise<StoredMessage | undefined> {
    const asked = { channel: CHANNEL.id, now, retryAt: (attempt: number) => now + attempt * 1_000 };
    return transactions(storage.pool)((transaction) => takeMessage(transaction, asked));
  }

  const stepsOf = (message: StoredMessage | undefined): string[] =>
    message?.content.kind === 'alerts'
      ? message.content.notices.map(({ step, severity }) => `${step} ${severity}`)
      : [];

  it('are noted with the alert or not at all, and told once', async () => {
    const failed = transactions(storage.pool)(async (transaction) => {
      await insertAlerts(transaction, [
        ...[{ device: null, tenant: 'acme', type: 'X', severity: 'critical' as const, value: null }].map(
          (alert) => ({ ...alert, details: {}, createdAt: NOW }),
        ),
      ]);
      throw new Error('a crash');
    });
    await failed.catch(() => undefined);
    await raise('critical', 'minor');
    await tell();
    await tell();
    expect(stepsOf(await take())).to.deep.equal(['raise critical']);
    expect(await take()).to.equal(undefined);
  });

  it('say that an alert is over, but not what people say about it, nor what it does asleep', async () => {
    await raise('critical');
    await tell();
    await take();
    const newest = 'SELECT MAX(alert_id) AS id FROM alerts';
    const [{ id } = { id: 0n }] = await select(storage.pool, z.object({ id: z.bigint() }), newest);
    const common = { id, tenants: '*', author: 'admin@operator', details: {} } as const;
    for (const [step, now] of [
      [{ kind: 'comment' }, NOW],
      [{ kind: 'snooze', until: NOW + 60_000 }, NOW],
      [{ kind: 'acknowledge' }, NOW + 1],
    ] as const)
      await transactions(storage.pool)((transaction) => takeStep(transaction, { ...common, step, now }));
    await tell();
    expect(stepsOf(await take())).to.deep.equal([]);
    await transactions(storage.pool)((transaction) =>
      takeStep(transaction, { ...common, step: { kind: 'clear' }, now: NOW + 2 }),
    );
    await tell();
    expect(stepsOf(await take())).to.deep.equal(['clear critical']);
  });

  it('go together as long as none was tried', async () => {
    for (let count = 0; count < 3; count += 1) {
      await raise('critical');
      await tell();
    }
    const first = await take();
    expect(stepsOf(first)).to.have.length(3);
    await raise('critical');
    await tell();
    await addMessages(storage.pool, [{ channel: CHANNEL.id, content: TEST }], NOW);
    const second = await take();
    expect([stepsOf(second).length, second?.idempotency === first?.idempotency]).to.deep.equal([1, false]);
    expect((await take())?.content).to.deep.equal(TEST);
    const again = await take(NOW + 1_000);
    expect([again?.idempotency, again?.attempts, stepsOf(again).length]).to.deep.equal([
      ...[first?.idempotency, 2, 3],
    ]);
  });

  it('wait as long as their endpoint asks', async () => {
    await addMessages(storage.pool, [{ channel: CHANNEL.id, content: TEST }], NOW);
    const message = await take();
    if (message === undefined) throw new Error('nothing is due');
    const failure = { failure: 'answered 429', dead: false, now: NOW };
    await noteFailure(storage.pool, message, { ...failure, notBefore: NOW + 60_000 });
    expect(await take(NOW + 59_000)).to.equal(undefined);
    expect((await take(NOW + 60_000))?.id).to.equal(message.id);
    await noteFailure(storage.pool, message, failure);
    expect((await take(NOW + 62_000))?.id).to.equal(message.id);
  });

  it('are counted with their channel, revived, forgotten after a month, and gone with their channel', async () => {
    await addMessages(storage.pool, [{ channel: CHANNEL.id, content: TEST }], NOW);
    const message = await take();
    if (message === undefined) throw new Error('nothing is due');
    const gone = { failure: 'x'.repeat(1_000), dead: true };
    await noteFailure(storage.pool, message, { ...gone, now: NOW });
    const [channel] = await notificationChannels(storage.pool);
    expect([channel?.waiting, channel?.dead, channel?.failure?.length]).to.deep.equal([0, 1, 300]);
    expect(await reviveMessage(storage.pool, message, NOW)).to.equal(true);
    expect(await reviveMessage(storage.pool, message, NOW)).to.equal(false);
    expect((await take())?.id).to.equal(message.id);
    await noteFailure(storage.pool, message, { ...gone, now: NOW });
    await addMessages(storage.pool, [{ channel: CHANNEL.id, content: TEST }], NOW);
    const later = await take();
    if (later === undefined) throw new Error('nothing is due');
    await noteFailure(storage.pool, later, { ...gone, now: NOW + 31 * 86_400_000 });
    const left = await deadMessages(storage.pool, { channel: CHANNEL.id, limit: 10 });
    expect(left.map(({ id }) => id)).to.deep.equal([later.id]);
    await removeChannel(storage.pool, CHANNEL.id);
    expect(await deadMessages(storage.pool, { channel: CHANNEL.id, limit: 10 })).to.deep.equal([]);
  });
});
