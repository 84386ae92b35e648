import { randomBytes } from 'node:crypto';
import { once } from 'node:events';

import { expect } from 'chai';
import { WebSocket } from 'ws';
import { z } from 'zod';

import type { Rule } from '../../chaincode/protocol/policy/rule.ts';
import { registryLedger } from '../../network/ledger/registry.ts';
import { type Answer, ask, eventually, type Ran, signIn, testHome } from '../harness/instance.ts';
import { enrolMember, membersOf, passwordIn } from '../harness/members.ts';
import { makeDevice, type TestDevice } from '../harness/test-device.ts';

const body = z.looseObject({
  code: z.string().optional(),
  devices: z
    .union([z.array(z.looseObject({ id: z.string() })), z.looseObject({ total: z.number() })])
    .optional(),
  messages: z.looseObject({ total: z.number() }).optional(),
  readings: z
    .array(z.looseObject({ id: z.string(), value: z.number() }))
    .or(z.looseObject({}))
    .optional(),
  rules: z.array(z.looseObject({ id: z.string() })).optional(),
  proposals: z.array(z.looseObject({ id: z.string() })).optional(),
  members: z.array(z.looseObject({ name: z.string(), tenants: z.unknown() })).optional(),
  id: z.string().optional(),
});

function idsIn(list: unknown): string[] {
  return z
    .array(z.looseObject({ id: z.string() }))
    .parse(list)
    .map(({ id }) => id);
}

/** Who enrolled, and a device in the tenant that the person serves. */
interface Side {
  tenant: string;
  name: string;
  password: string;
  token: string;
  device: TestDevice;
}

describe('two tenants on one platform', function () {
  this.timeout(120_000);
  const home = testHome();
  const run = randomBytes(3).toString('hex');
  const members = membersOf(home);
  let one: Side;
  let two: Side;
  /** Messages that one of them has sent, at most. */
  let sent = 0;

  const get = async (path: string, token: string): Promise<{ status: number } & z.infer<typeof body>> =>
    parsed(await ask(home, `/api/v1${path}`, { token }));
  const post = async (path: string, sent: object, token: string) =>
    parsed(await ask(home, `/api/v1${path}`, { method: 'POST', token, body: sent }));

  function parsed({ status, body: answered }: Answer) {
    return { ...body.parse(answered), status };
  }

  async function sideOf(tenant: string): Promise<Side> {
    const name = `admin-${tenant}@operator`;
    const words = ['--as', 'operator', '--name', name, '--role', 'admin', '--tenants', tenant, '--files'];
    const password = passwordIn(await enrolMember(...words));
    const token = await signIn(home, name, password);
    const device = await makeDevice(home, tenant);
    const { id, publicKey } = device;
    const registration = { id, publicKey, tenant, type: 'generic' };
    expect((await post('/devices', { devices: [registration] }, token)).status).to.equal(201);
    expect((await post(`/devices/${id}/activate`, { reason: 'ready' }, token)).status).to.equal(200);
    return { tenant, name, password, token, device };
  }

  /** Sends a message in the device's own tenant. */
  function send({ tenant, device }: Side, seq: number): Promise<Ran> {
    const message = { seq, ts: Date.now(), values: { temperature: seq } };
    sent += 1;
    return device.publish(JSON.stringify(message), `biot/v1/${tenant}/${device.id}/telemetry`);
  }

  async function readingIds({ device, token }: Side): Promise<string[]> {
    return idsIn((await get(`/devices/${device.id}/telemetry`, token)).readings);
  }

  before(async () => {
    one = await sideOf(`one-${run}`);
    two = await sideOf(`two-${run}`);
    await eventually(async () => {
      await Promise.all([send(one, 1), send(two, 1)]);
      return (await readingIds(one)).length > 0 && (await readingIds(two)).length > 0;
    }, 'the first readings of both');
  });

  after(async () => {
    members.close();
    for (const { name } of [one, two]) await enrolMember('--as', 'operator', '--name', name, '--remove');
  });

  const sides = (): [Side, Side][] => [
    [one, two],
    [two, one],
  ];

  it('enrols a member once, and says what it would take to change it', async () => {
    const words = ['--as', 'operator', '--name', one.name, '--role', 'admin'];
    const again = await enrolMember(...words, '--tenants', one.tenant);
    expect(again.code).to.equal(0);
    expect(again.out)
      .to.match(/is enrolled already: admin of one-/)
      .and.not.include('password');
    const other = await enrolMember(...words, '--tenants', '*');
    expect(other.code).to.equal(1);
    expect(other.error).to.include('--renew');
    const forged = await enrolMember(
      '--as',
      'auditor',
      '--name',
      one.name,
      '--role',
      'admin',
      '--tenants',
      '*',
    );
    expect(forged.code).to.equal(1);
    expect(forged.error).to.include('enrols its own members alone');
    expect((await enrolMember('--help')).out).to.include('enrol-member.sh --as');
  });

  it('shows each its own devices, numbers and members', async () => {
    for (const [own, other] of sides()) {
      expect(idsIn((await get('/devices?limit=500', own.token)).devices)).to.deep.equal([own.device.id]);
      const overview = await get('/overview', own.token);
      expect(overview.devices).to.include({ total: 1, active: 1 });
      expect(overview.messages!.total).to.be.within(1, sent);
      const names = (await get('/members', own.token)).members!.map(({ name }) => name);
      expect(names).to.include.members([own.name, 'admin@operator']).and.not.include(other.name);
    }
  });

  it('answers for the other’s device as for one that nobody registered', async () => {
    for (const [own, other] of sides()) {
      for (const path of ['', '/history', '/telemetry', '/sensors', '/telemetry/rollup?sensor=temperature']) {
        const { status, code } = await get(`/devices/${other.device.id}${path}`, own.token);
        expect([status, code], path).to.deep.equal([404, 'DEVICE_UNKNOWN']);
        expect((await get(`/devices/${own.device.id}${path}`, own.token)).status, path).to.equal(200);
      }
      for (const verb of ['suspend', 'revoke']) {
        const path = `/devices/${other.device.id}/${verb}`;
        expect((await post(path, { reason: 'mine' }, own.token)).code).to.equal('DEVICE_UNKNOWN');
      }
      const [reading] = await readingIds(other);
      expect((await get(`/telemetry/${reading!}/proof`, own.token)).code).to.equal('NOT_FOUND');
    }
  });

  it('holds at the ledger, for members who go there by themselves', async () => {
    const registry = registryLedger(members.as(one.name));
    const refusalOf = (promise: Promise<unknown>): Promise<unknown> =>
      promise.then(
        () => 'it was not refused',
        (error: unknown) => error,
      );
    expect((await registry.list(500, '')).devices.map(({ id }) => id)).to.deep.equal([one.device.id]);
    expect(await refusalOf(registry.get(two.device.id))).to.include({ code: 'DEVICE_UNKNOWN' });
    expect(await refusalOf(registry.revoke(two.device.id, 'mine'))).to.include({ code: 'DEVICE_UNKNOWN' });
    const { publicKey } = await makeDevice(home, 'planted');
    const planted = { id: `planted-${run}`, tenant: two.tenant, type: 'generic', publicKey };
    expect(await refusalOf(registry.register([planted]))).to.include({ code: 'FORBIDDEN' });
  });

  it('sends each its own live values, though both watch everything', async () => {
    const heard = new Map<Side, Set<unknown>>();
    const sockets: WebSocket[] = [];
    for (const side of [one, two]) {
      const seen = new Set<unknown>();
      heard.set(side, seen);
      const socket = new WebSocket(`ws://127.0.0.1:${home.ports.dashboard}/api/v1/live`);
      sockets.push(socket);
      socket.on('message', (data: Buffer) => {
        const frame = z.looseObject({ type: z.string() }).parse(JSON.parse(data.toString('utf8')));
        if (frame.type === 'reading') seen.add(frame['device']);
      });
      await once(socket, 'open');
      socket.send(JSON.stringify({ type: 'sign-in', token: side.token }));
      socket.send(JSON.stringify({ type: 'watch', devices: '*' }));
    }
    let seq = 100;
    await eventually(async () => {
      seq += 1;
      await Promise.all([send(one, seq), send(two, seq)]);
      return [one, two].every((side) => heard.get(side)!.size > 0);
    }, 'live values of both');
    for (const side of [one, two]) expect([...heard.get(side)!]).to.deep.equal([side.device.id]);
    for (const socket of sockets) socket.close();
  });

  it('lets each decide on its own rules, with a second organisation, and see no other’s', async () => {
    const rule = (id: string, what: Rule['what']): Rule => ({
      ...{ id, effect: 'allow', description: 'Of a test', who: { roles: ['auditor'] } },
      ...{ actions: ['device:suspend'], what, when: {} },
    });
    const own = rule(`suspends-${one.tenant}`, { tenants: [one.tenant] });
    const propose = (put: Rule, token: string) =>
      post('/policies/proposals', { change: { put: [put], remove: [] }, reason: 'a test' }, token);
    expect((await propose(rule(`all-${run}`, {}), one.token)).code).to.equal('FORBIDDEN');
    expect((await propose(own, two.token)).code).to.equal('FORBIDDEN');
    const proposal = await propose(own, one.token);
    expect(proposal.status).to.equal(201);

    const second = `second-${one.tenant}`;
    const words = ['--as', 'manufacturer', '--name', second, '--role', 'admin', '--tenants', one.tenant];
    const approver = await signIn(home, `${second}@manufacturer`, passwordIn(await enrolMember(...words)));
    const path = `/policies/proposals/${proposal.id!}`;
    expect((await get(path, two.token)).code).to.equal('NOT_FOUND');
    expect((await post(`${path}/approve`, {}, two.token)).code).to.equal('NOT_FOUND');
    expect((await post(`${path}/approve`, {}, approver)).status).to.equal(200);

    await eventually(
      async () => (await get('/policies/rules', one.token)).rules!.some(({ id }) => id === own.id),
      'the rule at the asker’s peer',
    );
    const others = (await get('/policies/rules', two.token)).rules!.map(({ id }) => id);
    expect(others).to.include('people-and-gateway-read-fleet').and.not.include(own.id);
    expect(JSON.stringify(await get('/policies/proposals?limit=100', two.token))).to.not.include(one.tenant);
    const dryRun = await post('/policies/dry-run', { change: { put: [], remove: [own.id] } }, one.token);
    expect(JSON.stringify(dryRun)).to.include('auditor@auditor').and.not.include(two.tenant);
    await enrolMember('--as', 'manufacturer', '--name', second, '--remove');
  });

  it('gives a renewed member the new tenants, ends the old sessions, and sign-in with the member', async () => {
    const name = `hand-${run}`;
    const words = ['--as', 'operator', '--name', name];
    const first = passwordIn(await enrolMember(...words, '--role', 'operator', '--tenants', one.tenant));
    const token = await signIn(home, `${name}@operator`, first);
    expect(idsIn((await get('/devices?limit=500', token)).devices)).to.deep.equal([one.device.id]);

    const next = passwordIn(await enrolMember(...words, '--renew', '--tenants', two.tenant));
    const ended = async (old: string): Promise<boolean> => (await get('/devices', old)).status === 401;
    await eventually(() => ended(token), 'the session of the old certificate to end');
    const anew = await signIn(home, `${name}@operator`, next);
    expect(idsIn((await get('/devices?limit=500', anew)).devices)).to.deep.equal([two.device.id]);

    const removed = await enrolMember(...words, '--remove');
    expect(removed.out).to.include('is no member of this gateway').and.to.include('revoke-member.sh');
    await eventually(() => ended(anew), 'the session of who was removed to end');
    const attempt = { name: `${name}@operator`, password: next };
    const refused = await ask(home, '/api/v1/auth/sign-in', { method: 'POST', body: attempt });
    expect(refused.status).to.equal(401);
    expect(await enrolMember(...words, '--remove')).to.deep.equal(removed);
    expect(await enrolMember('--as', 'operator', '--name', 'nobody', '--remove')).to.include({
      code: 0,
      out: 'there is no member nobody@operator\n',
    });
    expect((await enrolMember(...words, '--renew')).error).to.include('there is no member');
  });
});
