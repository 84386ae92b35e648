import { rmSync } from 'node:fs';

import { expect } from 'chai';
import type { Pool } from 'mariadb';
import { z } from 'zod';

import { writeFileAtomically } from '../../network/home/files.ts';
import { startProcess, stopProcess } from '../../network/processes/process-manager.ts';
import { notifierProcess } from '../../scripts/platform/applications.ts';
import { transactions } from '../../sql/transaction.ts';
import { takeStep } from '../../sql/writers/alert-life.ts';
import { insertAlerts } from '../../sql/writers/alerts.ts';
import { Hook, type Received } from '../harness/hook.ts';
import { Mailbox } from '../harness/mailbox.ts';
import { type Answer, ask, crash, eventually, ownerPool, signIn, testHome } from '../harness/instance.ts';

const madeSchema = z.object({ channel: z.object({ id: z.string() }), secret: z.string().nullable() });
const channelsSchema = z.object({
  channels: z.array(
    z.object({
      id: z.string(),
      version: z.number(),
      definition: z.object({ enabled: z.boolean() }),
      failure: z.string().nullable(),
      succeededAt: z.number().nullable(),
      dead: z.number(),
    }),
  ),
});

/** Attempts follow each other after 5, 10, … seconds, later on a busy machine. */
const PATIENCE_MS = 90_000;

describe('notifications', function () {
  this.timeout(180_000);
  const home = testHome();
  const hook = new Hook();
  const mailbox = new Mailbox();
  const configuration = home.path('configuration', 'notifications.json');
  const channels: string[] = [];
  /** Whose alerts nobody else raises. */
  const tenant = `hooks-${Date.now().toString(36)}`;
  let token: string;
  let pool: Pool;
  let alerts = 0;

  before(async () => {
    await hook.open();
    pool = ownerPool(home);
    token = await signIn(home, 'admin@manufacturer');
    const settings = {
      ...{ allowedNetworks: ['127.0.0.0/8', '::1/128'], allowPlainHttp: true },
      mail: { host: '127.0.0.1', port: await mailbox.open(), allowPlain: true, from: 'biot@example.com' },
    };
    writeFileAtomically(configuration, JSON.stringify(settings));
    await restart();
  });

  after(async () => {
    rmSync(configuration, { force: true });
    for (const id of channels) await api('DELETE', `/${id}`);
    await restart();
    hook.close();
    await mailbox.close();
    await pool.end();
  });

  async function restart(): Promise<void> {
    await stopProcess(home, 'notifier');
    await startProcess(home, notifierProcess(home));
  }

  function api(method: string, path: string, body?: unknown): Promise<Answer> {
    const call = { method, token, ...(body !== undefined && { body }) };
    return ask(home, `/api/v1/notification-channels${path}`, call);
  }

  async function add(destination: object): Promise<{ id: string; secret: string }> {
    const answer = await api('POST', '', {
      ...{ name: 'test', tenant, enabled: true, minimumSeverity: 'critical', rules: null },
      destination,
    });
    expect(answer.status, JSON.stringify(answer.body)).to.equal(201);
    const { channel, secret } = madeSchema.parse(answer.body);
    channels.push(channel.id);
    return { id: channel.id, secret: secret ?? '' };
  }

  const channelTo = (url: string): Promise<{ id: string; secret: string }> => add({ kind: 'webhook', url });

  async function remove(id: string): Promise<void> {
    expect((await api('DELETE', `/${id}`)).status).to.equal(204);
    channels.splice(channels.indexOf(id), 1);
  }

  async function stateOf(id: string): Promise<z.infer<typeof channelsSchema>['channels'][number]> {
    const found = channelsSchema.parse((await api('GET', '')).body).channels.find((each) => each.id === id);
    if (found === undefined) throw new Error(`there is no channel ${id}`);
    return found;
  }

  /** Raises alerts, as services do. @returns their type */
  async function raise(count = 1): Promise<string> {
    alerts += 1;
    const type = `NOTIFIED_${alerts}_${Date.now()}`;
    const alert = { device: null, tenant, type, severity: 'critical', value: null } as const;
    await insertAlerts(
      pool,
      Array.from({ length: count }, () => ({ ...alert, details: {}, createdAt: Date.now() })),
    );
    return type;
  }

  const about = (type: string, received: readonly Received[]): Received[] =>
    received.filter(({ body }) => body.data.notices.some((notice) => notice.type === type));

  it('go to channels that are changed by one of those who have seen the same version', async () => {
    const { id } = await channelTo(hook.url('/raced'));
    const destination = { kind: 'webhook', url: hook.url('/raced') };
    const filter = { tenant, enabled: false, minimumSeverity: 'critical', rules: null };
    const answers = await Promise.all(
      ['one', 'other', 'third'].map((name) =>
        api('PUT', `/${id}`, { name, ...filter, destination, version: 1 }),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted()).to.deep.equal([200, 409, 409]);
    const late = await api('PUT', `/${id}`, {
      name: 'late',
      ...filter,
      enabled: true,
      destination,
      version: 1,
    });
    expect(late.body).to.include({ status: 409, code: 'VERSION_CONFLICT' });
    expect(await stateOf(id)).to.deep.include({ version: 2, definition: { enabled: false } });
    await remove(id);
  });

  it('tell that an alert was raised and is over, signed, and a storm in a few messages', async () => {
    const { id, secret } = await channelTo(hook.url('/good'));
    const type = await raise();
    await eventually(() => about(type, hook.at('/good')).length === 1, 'the message', PATIENCE_MS);
    const [first] = about(type, hook.at('/good'));
    expect(first?.isSignedWith(secret)).to.equal(true);
    const alert = first?.body.data.notices[0]?.alert ?? '';
    const step = {
      tenants: '*',
      step: { kind: 'clear' },
      author: 'admin@manufacturer',
      details: {},
    } as const;
    await transactions(pool)((transaction) =>
      takeStep(transaction, { id: BigInt(alert), now: Date.now(), ...step }),
    );
    const steps = (): string[] =>
      about(type, hook.at('/good')).flatMap(({ body }) => body.data.notices.map(({ step: told }) => told));
    await eventually(() => steps().includes('clear'), 'its end', PATIENCE_MS);
    const storm = await raise(1_200);
    const told = (): Set<string> =>
      new Set(
        about(storm, hook.at('/good')).flatMap(({ body }) => body.data.notices.map((each) => each.alert)),
      );
    await eventually(() => told().size === 1_200, 'the storm', PATIENCE_MS);
    expect(about(storm, hook.at('/good'))).to.have.length.below(10);
    await remove(id);
  });

  it('come again, the same under the same id, until they are taken, also after a crash', async () => {
    hook.status = 500;
    const { id, secret } = await channelTo(hook.url('/fails'));
    const type = await raise();
    await eventually(() => hook.at('/fails').length > 0, 'an attempt', PATIENCE_MS);
    await crash(home, 'notifier');
    await startProcess(home, notifierProcess(home));
    await eventually(() => hook.at('/fails').length > 1, 'another attempt', PATIENCE_MS);
    hook.status = 204;
    await eventually(
      async () => (await stateOf(id)).succeededAt !== null,
      'the message to be taken',
      PATIENCE_MS,
    );
    const attempts = about(type, hook.at('/fails'));
    expect(new Set(attempts.map((attempt) => `${attempt.id} ${attempt.text}`)).size).to.equal(1);
    expect(attempts.every((attempt) => attempt.isSignedWith(secret))).to.equal(true);
    await remove(id);
  });

  it('to dead ends hold no other back, go nowhere else, and are kept when they are given up on', async () => {
    const hanging = await channelTo(hook.url('/hangs'));
    const moved = await channelTo(hook.url('/answers/302'));
    const inner = await channelTo('http://10.0.0.1/');
    const gone = await channelTo(hook.url('/answers/410'));
    const good = await channelTo(hook.url('/good'));
    const type = await raise();
    await eventually(() => about(type, hook.at('/good')).length === 1, 'the good one', PATIENCE_MS);
    const failures = (): Promise<(string | null)[]> =>
      Promise.all([hanging, moved, inner].map(async ({ id }) => (await stateOf(id)).failure));
    await eventually(async () => !(await failures()).includes(null), 'the failures', PATIENCE_MS);
    expect(await failures()).to.deep.equal([
      'no answer in time',
      'answered 302',
      '10.0.0.1 is at an inner address, where messages may not go',
    ]);
    expect(hook.at('/elsewhere')).to.have.length(0);
    await eventually(async () => (await stateOf(gone.id)).dead === 1, 'the dead letter', PATIENCE_MS);
    const { letters } = z
      .object({ letters: z.array(z.object({ id: z.string(), failure: z.string() })) })
      .parse((await api('GET', `/${gone.id}/dead-letters`)).body);
    expect(letters.map(({ failure }) => failure)).to.deep.equal(['answered 410']);
    const before = hook.at('/answers/410').length;
    const letter = `/${gone.id}/dead-letters/${String(letters[0]?.id)}`;
    expect((await api('POST', `${letter}/send-again`)).status).to.equal(202);
    await eventually(() => hook.at('/answers/410').length === before + 1, 'it to be sent again', PATIENCE_MS);
    await eventually(async () => (await stateOf(gone.id)).dead === 1, 'it to be dead again', PATIENCE_MS);
    expect((await api('DELETE', letter)).status).to.equal(204);
    expect((await stateOf(gone.id)).dead).to.equal(0);
    for (const { id } of [hanging, moved, inner, gone, good]) await remove(id);
  });

  it('come by e-mail as well', async () => {
    const { id } = await add({ kind: 'email', to: ['night@example.com'] });
    expect((await api('POST', `/${id}/test`)).status).to.equal(202);
    await eventually(() => mailbox.mails.length === 1, 'the test message', PATIENCE_MS);
    expect(mailbox.mails[0]).to.match(/admin@manufacturer asked for it/);
    await remove(id);
  });
});
