import { rmSync } from 'node:fs';

import { expect } from 'chai';
import { z } from 'zod';

import { writeFileAtomically } from '../../network/home/files.ts';
import { startProcess, stopProcess } from '../../network/processes/process-manager.ts';
import { notifierProcess } from '../../scripts/platform/applications.ts';
import { Hook, type Received } from '../harness/hook.ts';
import { type Answer, ask, crash, eventually, signIn, testHome } from '../harness/instance.ts';
import { OutsideBroker, PASSWORD, USER } from '../harness/outside-broker.ts';
import { openPublisher, type Publisher } from '../harness/publisher.ts';
import { makeActiveDevice, TENANT } from '../harness/test-device.ts';

const streamSchema = z.object({
  id: z.string(),
  version: z.number(),
  definition: z.object({ enabled: z.boolean() }),
  deliveredAt: z.number().nullable(),
  failure: z.string().nullable(),
  behind: z.object({ batches: z.number(), since: z.number().nullable() }),
});
type StreamState = z.infer<typeof streamSchema>;
const madeSchema = z.object({ stream: streamSchema, secret: z.string().nullable() });
const deliverySchema = z.object({
  type: z.literal('telemetry'),
  data: z.object({
    stream: z.string(),
    delivery: z.string(),
    skipped: z.array(z.unknown()),
    messages: z.array(z.object({ id: z.string(), device: z.string(), epoch: z.number(), seq: z.number() })),
  }),
});
type Delivery = z.infer<typeof deliverySchema>['data'];

/** Attempts follow each other after 5, 10, … seconds, later on a busy machine. */
const PATIENCE_MS = 90_000;

describe('streams', function () {
  this.timeout(180_000);
  const home = testHome();
  const hook = new Hook();
  const broker = new OutsideBroker(home);
  const configuration = home.path('configuration', 'notifications.json');
  const made: string[] = [];
  let token: string;
  let publisher: Publisher;
  /** When the newest of our messages was stored already. */
  let publishedAt = 0;

  before(async () => {
    await hook.open();
    await broker.open();
    token = await signIn(home, 'admin@manufacturer');
    publisher = await openPublisher(home, await makeActiveDevice(home, 'streamed'));
    const settings = { allowedNetworks: ['127.0.0.0/8', '::1/128'], allowPlainHttp: true };
    writeFileAtomically(configuration, JSON.stringify(settings));
    await restart();
  });

  after(async () => {
    rmSync(configuration, { force: true });
    for (const id of made) await api('DELETE', `/${id}`);
    await restart();
    await publisher.close();
    hook.close();
    await broker.close();
  });

  afterEach(async () => {
    hook.status = 200;
    hook.silent = false;
    for (const id of made.splice(0)) expect((await api('DELETE', `/${id}`)).status).to.equal(204);
  });

  async function restart(): Promise<void> {
    await stopProcess(home, 'notifier');
    await startProcess(home, notifierProcess(home));
  }

  async function crashNotifier(): Promise<void> {
    await crash(home, 'notifier');
    await startProcess(home, notifierProcess(home));
  }

  function api(method: string, path: string, body?: unknown): Promise<Answer> {
    return ask(home, `/api/v1/streams${path}`, { method, token, ...(body !== undefined && { body }) });
  }

  function definition(destination: object): object {
    const filter = { types: null, devices: [publisher.id], sensors: null };
    return { name: 'test', tenant: TENANT, enabled: true, filter, destination };
  }

  async function add(destination: object, more: object = {}): Promise<{ id: string; secret: string }> {
    const answer = await api('POST', '', { ...definition(destination), ...more });
    expect(answer.status, JSON.stringify(answer.body)).to.equal(201);
    const { stream, secret } = madeSchema.parse(answer.body);
    made.push(stream.id);
    return { id: stream.id, secret: secret ?? '' };
  }

  const streamTo = (url: string): Promise<{ id: string; secret: string }> => add({ kind: 'webhook', url });

  async function stateOf(id: string): Promise<StreamState> {
    const { streams } = z.object({ streams: z.array(streamSchema) }).parse((await api('GET', '')).body);
    const found = streams.find((each) => each.id === id);
    if (found === undefined) throw new Error(`there is no stream ${id}`);
    return found;
  }

  /** Changes what is there now. */
  async function change(id: string, body: object): Promise<void> {
    const { version } = await stateOf(id);
    const answer = await api('PUT', `/${id}`, { ...body, version });
    expect(answer.status, JSON.stringify(answer.body)).to.equal(200);
  }

  /** @returns the numbers of the messages, once the platform has them */
  async function publish(count: number): Promise<number[]> {
    const first = publisher.publish(count);
    const numbers = Array.from({ length: count }, (_, index) => first + index);
    const stored = (): boolean => numbers.every((seq) => publisher.seen.committed.has(seq));
    await eventually(stored, 'the receipts', PATIENCE_MS);
    publishedAt = Date.now();
    return numbers;
  }

  const read = (text: string): Delivery => deliverySchema.parse(JSON.parse(text)).data;
  const seqsOf = (deliveries: readonly Delivery[]): number[] =>
    deliveries.flatMap(({ messages }) => messages.map(({ seq }) => seq));
  const deliveriesTo = (path: string): Delivery[] => hook.at(path).map(({ text }) => read(text));

  /** Whether a stream has come to the end of ours: others publish all the time. */
  async function caughtUp(id: string): Promise<boolean> {
    const { since } = (await stateOf(id)).behind;
    return since === null || since > publishedAt;
  }

  /** As a receiver does that knows deliveries again. */
  function distinct(deliveries: readonly Delivery[]): Delivery[] {
    return [...new Map(deliveries.map((delivery) => [delivery.delivery, delivery])).values()];
  }

  it('are changed by one of those who have seen the same version', async () => {
    const { id } = await streamTo(hook.url('/raced'));
    const body = { ...definition({ kind: 'webhook', url: hook.url('/raced') }), version: 1 };
    const answers = await Promise.all(
      ['one', 'other', 'third'].map((name) => api('PUT', `/${id}`, { ...body, name, enabled: false })),
    );
    expect(answers.map(({ status }) => status).toSorted()).to.deep.equal([200, 409, 409]);
    for (const answer of answers.filter(({ status }) => status === 409))
      expect(answer.body).to.include({ code: 'VERSION_CONFLICT' });
    // Who still has the form that was opened before does not switch it on again.
    const late = await api('PUT', `/${id}`, body);
    expect(late.body).to.include({ status: 409, code: 'VERSION_CONFLICT' });
    expect(await stateOf(id)).to.deep.include({ version: 2, definition: { enabled: false } });
  });

  it('bring what is stored from then on, signed, in order, with ids by which each message is proved', async () => {
    await publish(2);
    const { id, secret } = await streamTo(hook.url('/good'));
    const numbers = await publish(40);
    await eventually(() => seqsOf(deliveriesTo('/good')).length >= 40, 'the messages', PATIENCE_MS);
    await eventually(() => caughtUp(id), 'the stream to be at the end', PATIENCE_MS);
    expect(seqsOf(deliveriesTo('/good'))).to.deep.equal(numbers);
    expect(hook.at('/good').every((received) => received.isSignedWith(secret))).to.equal(true);
    expect(deliveriesTo('/good').map(({ delivery }) => delivery)).to.deep.equal(
      hook.at('/good').map((received: Received) => received.id),
    );
    const [message] = deliveriesTo('/good')[0]?.messages ?? [];
    const proof = async (): Promise<Answer> =>
      ask(home, `/api/v1/telemetry/${String(message?.id)}/proof`, { token });
    await eventually(async () => (await proof()).status === 200, 'the proof', PATIENCE_MS);
    expect(JSON.stringify((await proof()).body)).to.include(publisher.id);
    expect(await stateOf(id)).to.deep.include({ failure: null });
  });

  it('bring a delivery again under the same id when the notifier died after it, and lose nothing', async () => {
    const { id } = await streamTo(hook.url('/crash'));
    hook.silent = true;
    const numbers = await publish(3);
    await eventually(() => hook.at('/crash').length === 1, 'the delivery', PATIENCE_MS);
    await crashNotifier();
    hook.silent = false;
    numbers.push(...(await publish(3)));
    await eventually(() => caughtUp(id), 'the stream to be at the end', PATIENCE_MS);
    const [first, ...others] = deliveriesTo('/crash');
    expect(others.some((delivery) => delivery.delivery === first?.delivery)).to.equal(true);
    expect(others.find((delivery) => delivery.delivery === first?.delivery)).to.deep.equal(first);
    expect(seqsOf(distinct(deliveriesTo('/crash')))).to.deep.equal(numbers);
  });

  it('wait in order while an endpoint answers 500, through a crash, and hold no other up', async () => {
    const dead = await streamTo(hook.url('/hangs'));
    const moved = await streamTo(hook.url('/answers/302'));
    const inner = await streamTo('http://10.0.0.1/');
    const { id } = await streamTo(hook.url('/answers/500'));
    await streamTo(hook.url('/beside'));
    const numbers = await publish(5);
    await eventually(() => hook.at('/answers/500').length > 0, 'an attempt', PATIENCE_MS);
    numbers.push(...(await publish(5)));
    await eventually(() => seqsOf(deliveriesTo('/beside')).length >= 10, 'the good one', PATIENCE_MS);
    const failures = (): Promise<(string | null)[]> =>
      Promise.all([dead, moved, inner, { id }].map(async (each) => (await stateOf(each.id)).failure));
    await eventually(async () => !(await failures()).includes(null), 'the failures', PATIENCE_MS);
    expect(await failures()).to.deep.equal([
      ...['no answer in time', 'answered 302'],
      ...['10.0.0.1 is at an inner address, where messages may not go', 'answered 500'],
    ]);
    expect(hook.at('/elsewhere')).to.have.length(0);
    expect((await stateOf(id)).behind.batches).to.be.greaterThan(0);
    await change(id, definition({ kind: 'webhook', url: hook.url('/recovered') }));
    await crashNotifier();
    await eventually(() => caughtUp(id), 'the stream to be at the end', PATIENCE_MS);
    expect(seqsOf(distinct(deliveriesTo('/recovered')))).to.deep.equal(numbers);
    // Whatever is refused might have been too much at once: each attempt offers no more than the one before.
    const offered = deliveriesTo('/answers/500').map((delivery) => seqsOf([delivery]).length);
    expect(offered).to.deep.equal(offered.toSorted((one, other) => other - one));
  });

  it('go to an outside broker as well, to its user alone, and on when it comes back', async () => {
    await broker.subscribe('lake/#');
    const destination = {
      ...{ kind: 'mqtt', url: broker.url, topic: 'lake/in', user: USER, authority: broker.authority },
    };
    const { id } = await add(destination, { password: 'a guess' });
    const numbers = await publish(3);
    await eventually(async () => (await stateOf(id)).failure !== null, 'the refusal', PATIENCE_MS);
    expect((await stateOf(id)).failure).to.match(/^the broker refused: Connection refused: /);
    await change(id, { ...definition(destination), password: PASSWORD });
    const received = (): Delivery[] => distinct(broker.lines.map(read));
    await eventually(() => seqsOf(received()).length === 3, 'the messages', PATIENCE_MS);
    await broker.stop();
    numbers.push(...(await publish(2)));
    await eventually(
      async () => /^no connection/.test((await stateOf(id)).failure ?? ''),
      'the failure',
      PATIENCE_MS,
    );
    // A broker acknowledges also what nobody reads: so nothing comes before the reader is there again.
    await change(id, { ...definition(destination), enabled: false });
    await restart();
    await broker.start();
    await broker.subscribe('lake/#');
    await change(id, definition(destination));
    await eventually(() => caughtUp(id), 'the stream to be at the end', PATIENCE_MS);
    await eventually(() => seqsOf(received()).length === 5, 'the rest', PATIENCE_MS);
    expect(seqsOf(received())).to.deep.equal(numbers);
  });
});
