import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { isDeepStrictEqual } from 'node:util';

import { expect } from 'chai';
import { WebSocket } from 'ws';
import { z } from 'zod';

import type { OpenDevice } from '../../ingest/device/device.ts';
import { openCommanded } from '../harness/commands.ts';
import { type Answer, ask, eventually, signIn, testHome } from '../harness/instance.ts';
import { makeDevice, registrationOf, type TestDevice, TENANT, withRegistry } from '../harness/test-device.ts';

const ADMIN = 'admin@operator';

const codeOf = ({ body }: Answer): string => z.looseObject({ code: z.string() }).parse(body).code;
const viewSchema = z.looseObject({
  id: z.string(),
  state: z.string(),
  devices: z.int(),
  transaction: z.string(),
  counts: z.record(z.string(), z.int()).nullable(),
});
const detailSchema = viewSchema.extend({
  deliveries: z.array(z.looseObject({ device: z.string(), state: z.string(), result: z.unknown() })),
  timeline: z.array(z.looseObject({ state: z.string(), device: z.string().nullable(), actor: z.string() })),
});
const listSchema = z.object({ commands: z.array(viewSchema), next: z.string().nullable() });
const frameSchema = z.looseObject({
  type: z.string(),
  id: z.string().optional(),
  state: z.string().optional(),
});

describe('commands by the gateway', function () {
  this.timeout(120_000);
  const home = testHome();
  const run = randomBytes(4).toString('hex');
  const type = `routed-${run}`;
  const group = `hall-${run}`;
  let admin: string;
  let operator: string;
  let auditor: string;
  let manufacturer: string;
  let device: TestDevice;
  let others: TestDevice[];
  let foreign: TestDevice;
  let open: OpenDevice;

  const get = (path: string, token = auditor): Promise<Answer> => ask(home, `/api/v1${path}`, { token });
  const post = (path: string, body?: unknown, token = operator): Promise<Answer> =>
    ask(home, `/api/v1${path}`, { method: 'POST', token, ...(body !== undefined && { body }) });
  const define = (name: string, change: object = {}, token = admin): Promise<Answer> =>
    ask(home, `/api/v1/command-catalogue/${type}/${name}`, {
      method: 'PUT',
      token,
      body: {
        description: 'of a test',
        parameters: {
          type: 'object',
          properties: { number: { type: 'integer', minimum: 0, maximum: 9 } },
          required: ['number'],
        },
        ...{ roles: ['admin', 'operator'], approval: false, enabled: true },
        ...{ lifetimeSeconds: 600, timeoutSeconds: 60 },
        ...change,
      },
    });
  const send = (fields: object = {}, token = operator): Promise<Answer> =>
    post('/commands', { name: 'add', devices: [device.id], parameters: { number: 1 }, ...fields }, token);
  const detail = async (id: string): Promise<z.infer<typeof detailSchema>> =>
    detailSchema.parse((await get(`/commands/${id}`)).body);
  const becomes = (id: string, counts: Record<string, number>): Promise<void> =>
    eventually(
      async () => isDeepStrictEqual((await detail(id)).counts, counts),
      `the command to be ${JSON.stringify(counts)}`,
    );

  before(async () => {
    [admin, operator, auditor, manufacturer] = await Promise.all([
      signIn(home, ADMIN),
      signIn(home, 'operator@operator'),
      signIn(home, 'auditor@auditor'),
      signIn(home, 'admin@manufacturer'),
    ]);
    const sensors = [{ name: 'temperature', unit: '°C', minimum: null, maximum: null, dataType: 'number' }];
    const put = { method: 'PUT', token: admin, body: { description: 'of a test', sensors } };
    expect((await ask(home, `/api/v1/types/${type}`, put)).status).to.equal(200);
    const made = await Promise.all(Array.from({ length: 4 }, () => makeDevice(home, 'routed')));
    await withRegistry(home, ADMIN, async (registry) => {
      const registrations = made.map((each) => ({ ...registrationOf(each, type), groups: [group] }));
      registrations[3] = { ...registrations[3]!, tenant: 'acme' };
      await registry.register(registrations);
      await registry.activateAll(
        made.map(({ id }) => id),
        'made for a test',
      );
    });
    [device, foreign] = [made[0]!, made[3]!];
    others = made.slice(1, 3);
    for (const [name, change] of [
      ['add', {}],
      ['restart', { approval: true, parameters: { type: 'object', properties: {} } }],
      ['secret', { roles: ['admin'] }],
    ] as const) {
      const answer = await define(name, change);
      expect(answer.status, JSON.stringify(answer.body)).to.equal(200);
    }
    await eventually(
      async () => (await get(`/devices/${device.id}`)).status === 200,
      'the gateway to know the devices',
    );
    open = await openCommanded(home, device.id, {
      add: ({ parameters }) => ({ sum: Number(parameters['number']) + 1 }),
    });
  });
  after(async () => {
    await open.close();
  });

  it('say which there are, in versions, to whoever may read them', async () => {
    const list = await get(`/command-catalogue?type=${type}`);
    const { commands } = z
      .object({ commands: z.array(z.looseObject({ name: z.string() })) })
      .parse(list.body);
    expect(commands.map(({ name }) => name)).to.deep.equal(['add', 'restart', 'secret']);
    expect(codeOf(await define('add', {}, manufacturer)), 'another organisation’s type').to.equal(
      'FORBIDDEN',
    );
    expect(codeOf(await define('add', {}, operator))).to.equal('FORBIDDEN');
  });

  it('are issued, found at once, and followed to their result', async () => {
    const answer = await send({ parameters: { number: 4 } });
    expect(answer.status, JSON.stringify(answer.body)).to.equal(202);
    const { id } = viewSchema.parse(answer.body);
    expect((await get(`/commands/${id}`)).status, 'the next look').to.equal(200);
    await becomes(id, { succeeded: 1 });
    const { deliveries, timeline } = await detail(id);
    expect(deliveries).to.have.length(1);
    expect(deliveries[0]).to.deep.include({ device: device.id, state: 'succeeded', result: { sum: 5 } });
    expect(timeline.map(({ state }) => state)).to.include.members(['queued', 'sent', 'succeeded']);
    const { commands } = listSchema.parse((await get(`/commands?device=${device.id}&state=succeeded`)).body);
    expect(commands.map((command) => command.id)).to.include(id);
  });

  it('are told live to who watches them', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${home.ports.dashboard}/api/v1/live`);
    const frames: z.infer<typeof frameSchema>[] = [];
    socket.on('message', (data: Buffer) => frames.push(frameSchema.parse(JSON.parse(data.toString()))));
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'sign-in', token: operator }));
    socket.send(JSON.stringify({ type: 'watch', devices: [], commands: true }));
    await eventually(() => frames.some((frame) => frame.type === 'signed-in'), 'the sign-in');
    const { id } = viewSchema.parse((await send()).body);
    await eventually(
      () => frames.some((frame) => frame.id === id && frame.state === 'succeeded'),
      'news of the result',
    );
    socket.close();
    await once(socket, 'close');
  });

  it('wait for a second person where the catalogue says so', async () => {
    const { id, state } = viewSchema.parse((await send({ name: 'restart', parameters: {} })).body);
    expect(state).to.equal('pending approval');
    await becomes(id, { 'pending approval': 1 });
    expect(codeOf(await post(`/commands/${id}/approve`)), 'one’s own').to.equal('FORBIDDEN');
    expect(codeOf(await post(`/commands/${id}/approve`, undefined, manufacturer))).to.equal('FORBIDDEN');
    const approved = await post(`/commands/${id}/approve`, undefined, admin);
    expect(approved.status, JSON.stringify(approved.body)).to.equal(200);
    // It has no handler for that one.
    await becomes(id, { rejected: 1 });
    expect(codeOf(await post(`/commands/${id}/reject`, { reason: 'too late' }, admin))).to.equal(
      'TRANSITION_ILLEGAL',
    );
  });

  it('go to a group, wait for devices that are away, and can be taken back', async () => {
    const answer = await send({ devices: undefined, group, type, tenant: TENANT });
    expect(answer.status, JSON.stringify(answer.body)).to.equal(202);
    const { id, devices } = viewSchema.parse(answer.body);
    expect(devices).to.equal(3);
    await becomes(id, { queued: 2, succeeded: 1 });
    const cancelled = await post(`/commands/${id}/cancel`, { reason: 'a mistake' });
    expect(cancelled.status, JSON.stringify(cancelled.body)).to.equal(200);
    await eventually(async () => (await detail(id)).counts?.['cancelled'] === 2, 'the rest to be cancelled');
    expect((await detail(id)).counts).to.include({ succeeded: 1 });
  });

  it('are refused by schema, tenant, role and organisation', async () => {
    const refused = async (fields: object, token?: string): Promise<[number, string]> => {
      const answer = await send(fields, token);
      return [answer.status, codeOf(answer)];
    };
    expect(await refused({ parameters: { number: 10 } })).to.deep.equal([400, 'PARAMETERS_INVALID']);
    expect(await refused({ parameters: {} })).to.deep.equal([400, 'PARAMETERS_INVALID']);
    expect(await refused({ name: 'dance' })).to.deep.equal([404, 'COMMAND_UNKNOWN']);
    expect(await refused({ devices: [foreign.id] }), 'another tenant’s').to.deep.equal([
      404,
      'DEVICE_UNKNOWN',
    ]);
    expect(await refused({ devices: [device.id, foreign.id] }, admin)).to.deep.equal([
      400,
      'INVALID_ARGUMENT',
    ]);
    expect(await refused({ name: 'secret' }), 'for administrators').to.deep.equal([403, 'FORBIDDEN']);
    expect(await refused({}, auditor)).to.deep.equal([403, 'FORBIDDEN']);
    expect(await refused({}, manufacturer)).to.deep.equal([403, 'FORBIDDEN']);
  });

  it('are issued once, however often they are asked for', async () => {
    const id = randomUUID();
    const answers = await Promise.all([send({ id }), send({ id }), send({ id })]);
    expect(answers.map(({ status }) => status)).to.deep.equal([202, 202, 202]);
    const transactions = answers.map(({ body }) => viewSchema.parse(body).transaction);
    expect(new Set(transactions).size).to.equal(1);
    expect(codeOf(await send({ id, parameters: { number: 9 } }))).to.equal('INVALID_ARGUMENT');
  });

  it('share transactions when they come together, each with its own answer', async () => {
    const [first, second] = others;
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, place) =>
        send({
          devices: [(place % 2 === 0 ? first : second)!.id],
          parameters: { number: place % 10 === 9 ? 99 : place % 10 },
        }),
      ),
    );
    const issued = answers.filter(({ status }) => status === 202).map(({ body }) => viewSchema.parse(body));
    const refused = answers.filter(({ status }) => status !== 202);
    expect(issued).to.have.length(45);
    expect(refused.map(codeOf)).to.deep.equal(Array.from({ length: 5 }, () => 'PARAMETERS_INVALID'));
    const transactions = new Set(issued.map(({ transaction }) => transaction)).size;
    // How many depends on how fast calls come in and blocks are made; one each would be 45.
    expect(transactions, 'transactions').to.be.below(issued.length);
    await eventually(async () => {
      const { commands } = listSchema.parse((await get('/commands?limit=200')).body);
      return issued.every(({ id }) => commands.some((command) => command.id === id));
    }, 'all of them to be in the list');
  });
});
