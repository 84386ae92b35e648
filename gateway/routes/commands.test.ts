import { randomUUID } from 'node:crypto';

import { expect } from 'chai';
import request, { type Response } from 'supertest';

import type { StoredCommand } from '../../sql/queries/commands.ts';
import { problemSchema } from '../http/problem.ts';
import { dig, pluck, textAt } from '../testing/answers.ts';
import { type TestGateway, testGateway } from '../testing/gateway.ts';

function refusal(response: Response): [number, string] {
  return [response.status, problemSchema.parse(response.body).code];
}

const SECONDS = { type: 'integer', minimum: 1, maximum: 3600 };
const SET_INTERVAL = {
  description: 'How often it measures',
  parameters: { type: 'object', properties: { seconds: SECONDS }, required: ['seconds'] },
  roles: ['admin', 'operator'],
  approval: false,
  lifetimeSeconds: 600,
  timeoutSeconds: 30,
  enabled: true,
};

describe('routes of commands', () => {
  let gateway: TestGateway;
  let admin: string;
  let operator: string;
  let auditor: string;

  beforeEach(async () => {
    gateway = await testGateway();
    const { people } = gateway;
    [admin, operator, auditor] = await Promise.all([
      gateway.signIn(people.adminOperator),
      gateway.signIn(people.operator),
      gateway.signIn(people.auditor),
    ]);
    for (const id of ['press-07', 'press-08']) gateway.addDevice(id, { groups: ['hall-7'] });
    await define('set-interval', SET_INTERVAL);
    await define('restart', {
      ...SET_INTERVAL,
      parameters: { type: 'object', properties: {} },
      approval: true,
    });
  });

  const get = (path: string, token = auditor) =>
    request(gateway.app).get(`/api/v1${path}`).set('Authorization', `Bearer ${token}`);
  const post = (path: string, body?: object, token = operator) =>
    request(gateway.app).post(`/api/v1${path}`).set('Authorization', `Bearer ${token}`).send(body);
  const define = (name: string, body: object, token = admin) =>
    request(gateway.app)
      .put(`/api/v1/command-catalogue/thermometer/${name}`)
      .set('Authorization', `Bearer ${token}`)
      .send(body);
  const send = (fields: object, token = operator) =>
    post(
      '/commands',
      { name: 'set-interval', devices: ['press-07'], parameters: { seconds: 60 }, ...fields },
      token,
    );
  const restart = (fields: object = {}) => send({ name: 'restart', parameters: {}, ...fields });

  /** As ingest writes it. */
  function stored(fields: Partial<StoredCommand> = {}): StoredCommand {
    const row: StoredCommand = {
      id: randomUUID(),
      ...{ tenant: 'acme', type: 'thermometer', name: 'set-interval', org: 'OperatorMSP', group: null },
      ...{ parameters: { seconds: 60 }, state: 'queued', devices: 2, version: 1 },
      ...{ lifetimeSeconds: 600, timeoutSeconds: 30, issuedBy: 'operator@operator', issuedAt: 1_000 },
      ...{ decidedBy: null, decidedAt: null, cancelledBy: null, cancelledAt: null, reason: null },
      ...{ expiresAt: 601_000, transaction: 'ab'.repeat(32), block: 7, counts: { sent: 1, succeeded: 1 } },
      ...fields,
    };
    gateway.store.commandRows.push(row);
    return row;
  }

  describe('the catalogue', () => {
    it('says what a type takes, in versions', async () => {
      const changed = await define('set-interval', { ...SET_INTERVAL, enabled: false });
      expect(changed.status, changed.text).to.equal(200);
      expect(changed.body).to.include({
        type: 'thermometer',
        name: 'set-interval',
        version: 2,
        enabled: false,
      });
      const list = await get('/command-catalogue?type=thermometer');
      expect(pluck(list, 'commands', 'name', 'version')).to.deep.equal([
        ['set-interval', 2],
        ['restart', 1],
      ]);
      expect(pluck(await get('/command-catalogue?type=oven'), 'commands', 'name')).to.deep.equal([]);
    });

    it('is for those to change whom the policy allows it', async () => {
      expect(refusal(await define('set-interval', SET_INTERVAL, operator))).to.deep.equal([403, 'FORBIDDEN']);
      const limited = await gateway.signInFor('acme', 'admin');
      expect(refusal(await define('set-interval', SET_INTERVAL, limited))).to.deep.equal([403, 'FORBIDDEN']);
    });

    for (const [what, change] of Object.entries({
      'a pattern that never ends': {
        parameters: { type: 'object', properties: { a: { type: 'string', pattern: '(a+)+$' } } },
      },
      'a reference': { parameters: { type: 'object', properties: { a: { $ref: 'https://x.test' } } } },
      'nobody who may send it': { roles: [] },
      'no end': { lifetimeSeconds: 0 },
      'another type in the body': { type: 'oven' },
    })) {
      it(`refuses ${what}`, async () => {
        expect(refusal(await define('x', { ...SET_INTERVAL, ...change }))).to.deep.equal([
          400,
          'INVALID_ARGUMENT',
        ]);
      });
    }
  });

  describe('sending', () => {
    it('answers with the command as the ledger has it, and finds it at once', async () => {
      const response = await send({});
      expect(response.status, response.text).to.equal(202);
      expect(response.body).to.deep.include({ state: 'queued', devices: 1, counts: null, tenant: 'acme' });
      expect(dig(response, 'issued', 'by')).to.equal('operator@operator');
      const id = textAt(response, 'id');
      expect(response.headers.location).to.equal(`/api/v1/commands/${id}`);
      const found = await get(`/commands/${id}`);
      expect(found.body).to.deep.equal({ ...(response.body as object), deliveries: [], timeline: [] });
    });

    it('is done once, however often it is asked for with the same id', async () => {
      const id = randomUUID();
      const [one, other] = [await send({ id }), await send({ id })];
      expect(other.body).to.deep.equal(one.body);
      expect(gateway.commands.commands.size).to.equal(1);
    });

    it('takes a group as its active devices, as far as the asker may', async () => {
      gateway.addDevice('press-09', { groups: ['hall-7'], status: 'suspended' });
      gateway.addDevice('press-10', { groups: ['hall-7'], org: 'ManufacturerMSP' });
      gateway.addDevice('oven-1', { groups: ['hall-7'], type: 'oven' });
      const response = await send({ devices: undefined, group: 'hall-7', type: 'thermometer' });
      expect(response.status, response.text).to.equal(202);
      expect(response.body).to.include({ group: 'hall-7', devices: 2 });
      const entries = gateway.trail.entries.filter(({ action }) => action === 'issueCommand');
      expect(entries.map(({ device, outcome }) => [device, outcome])).to.deep.equal([
        ['press-07', 'done'],
        ['press-08', 'done'],
      ]);
      expect([...gateway.commands.commands.values()][0]?.devices).to.deep.equal(['press-07', 'press-08']);
      expect(refusal(await send({ devices: undefined, group: 'hall-8' }))).to.deep.equal([
        400,
        'INVALID_ARGUMENT',
      ]);
    });

    for (const [what, fields, expected] of [
      ['parameters that do not fit', { parameters: { seconds: 0 } }, [400, 'PARAMETERS_INVALID']],
      ['a command that the type does not take', { name: 'dance' }, [404, 'COMMAND_UNKNOWN']],
      ['a device that is not there', { devices: ['nowhere'] }, [404, 'DEVICE_UNKNOWN']],
      ['a device twice', { devices: ['press-07', 'press-07'] }, [400, 'INVALID_ARGUMENT']],
      ['devices and a group', { group: 'hall-7' }, [400, 'INVALID_ARGUMENT']],
      ['neither', { devices: undefined }, [400, 'INVALID_ARGUMENT']],
      ['a type without a group', { type: 'thermometer' }, [400, 'INVALID_ARGUMENT']],
      ['an id of its own kind', { id: 'mine' }, [400, 'INVALID_ARGUMENT']],
      ['parameters of 20 kB', { parameters: { text: 'x'.repeat(20_000) } }, [400, 'INVALID_ARGUMENT']],
      ['what nobody knows', { soon: true }, [400, 'INVALID_ARGUMENT']],
    ] as const) {
      it(`refuses ${what}`, async () => {
        expect(refusal(await send(fields))).to.deep.equal(expected);
        expect(gateway.commands.commands.size).to.equal(0);
      });
    }

    it('is refused to auditors, for other organisations’ devices, and from networks that a rule shuts out', async () => {
      expect(refusal(await send({}, auditor))).to.deep.equal([403, 'FORBIDDEN']);
      gateway.addDevice('theirs', { org: 'ManufacturerMSP' });
      expect(refusal(await send({ devices: ['theirs'] }))).to.deep.equal([403, 'FORBIDDEN']);
      gateway.registry.rules = [
        ...gateway.registry.rules,
        {
          id: 'not-from-here',
          effect: 'deny',
          description: 'of a test',
          who: {},
          actions: ['command:send'],
          what: {},
          when: { networks: ['0.0.0.0/0', '::/0'] },
        },
      ];
      const { length } = gateway.commands.transactions;
      expect(refusal(await send({}))).to.deep.equal([403, 'FORBIDDEN']);
      expect(gateway.commands.transactions).to.have.length(length);
    });
  });

  describe('deciding', () => {
    it('is for a second person, and gives reasons', async () => {
      const id = textAt(await restart(), 'id');
      expect(refusal(await post(`/commands/${id}/approve`))).to.deep.equal([403, 'FORBIDDEN']);
      const approved = await post(`/commands/${id}/approve`, undefined, admin);
      expect(approved.status, approved.text).to.equal(200);
      expect(approved.body).to.include({ state: 'queued' });
      expect(dig(approved, 'decided', 'by')).to.equal('admin@operator');
      const other = textAt(await restart(), 'id');
      const rejected = await post(`/commands/${other}/reject`, { reason: 'not now' }, admin);
      expect(rejected.body).to.include({ state: 'rejected', reason: 'not now' });
    });

    it('may take a command back', async () => {
      const id = textAt(await send({}), 'id');
      expect(refusal(await post(`/commands/${id}/cancel`, {}))).to.deep.equal([400, 'INVALID_ARGUMENT']);
      const response = await post(`/commands/${id}/cancel`, { reason: 'a mistake' });
      expect(response.body).to.include({ state: 'cancelled', reason: 'a mistake' });
      expect(refusal(await post(`/commands/${id}/cancel`, { reason: 'x' }, auditor))).to.deep.equal([
        403,
        'FORBIDDEN',
      ]);
      expect(refusal(await post(`/commands/${randomUUID()}/cancel`, { reason: 'x' }))).to.deep.equal([
        404,
        'COMMAND_UNKNOWN',
      ]);
    });
  });

  it('is not taken back from devices that all have it', async () => {
    const id = textAt(await send({}), 'id');
    const cancel = () => post(`/commands/${id}/cancel`, { reason: 'a mistake' });
    const row = stored({ id, devices: 3, counts: { succeeded: 2, sent: 1 } });
    expect((await cancel()).status).to.equal(200);
    gateway.store.commandRows.splice(gateway.store.commandRows.indexOf(row), 1);
    stored({ id, devices: 3, counts: { succeeded: 2, running: 1 } });
    const refused = await cancel();
    expect(refusal(refused)).to.deep.equal([409, 'TRANSITION_ILLEGAL']);
    expect(refused.text).to.contain('no device waits for this command any more: 1 running, 2 succeeded');
  });

  describe('reading', () => {
    it('lists the newest first, in pages', async () => {
      for (const issuedAt of [1_000, 2_000, 3_000]) stored({ issuedAt });
      const first = await get('/commands?limit=2');
      expect(first.status, first.text).to.equal(200);
      expect(pluck(first, 'commands', 'issued')).to.deep.equal([
        { by: 'operator@operator', at: 3_000 },
        { by: 'operator@operator', at: 2_000 },
      ]);
      const second = await get(`/commands?limit=2&cursor=${textAt(first, 'next')}`);
      expect(pluck(second, 'commands', 'issued')).to.deep.equal([{ by: 'operator@operator', at: 1_000 }]);
      expect(dig(second, 'next')).to.equal(null);
    });

    it('shows nothing of other tenants', async () => {
      const { id } = stored();
      const stranger = await gateway.signInFor('other', 'operator');
      expect(pluck(await get('/commands', stranger), 'commands', 'id')).to.deep.equal([]);
      for (const part of ['', '/deliveries', '/timeline'])
        expect(refusal(await get(`/commands/${id}${part}`, stranger)), part).to.deep.equal([
          404,
          'COMMAND_UNKNOWN',
        ]);
    });

    it('says what became of it with each device, and who did what when', async () => {
      const { id } = stored();
      const delivery = {
        state: 'sent',
        attempts: 1,
        sentAt: 2_000,
        acknowledgedAt: null,
        finishedAt: null,
      } as const;
      gateway.store.deliveryRows.set(
        id,
        ['press-07', 'press-08'].map((device) => ({
          ...{ device, ...delivery, deadline: 9_000 },
          ...{ result: { was: 30 }, message: null, updatedAt: 2_000 },
        })),
      );
      gateway.store.eventRows.set(
        id,
        [null, 'press-07'].map((device, place) => ({
          state: 'queued',
          ...{ id: BigInt(place + 1), device, at: 1_000 + place },
          ...{ actor: 'operator@operator', details: null },
        })),
      );
      const detail = await get(`/commands/${id}`);
      expect(detail.status, detail.text).to.equal(200);
      expect(dig(detail, 'counts')).to.deep.equal({ sent: 1, succeeded: 1 });
      expect(pluck(detail, 'deliveries', 'device')).to.deep.equal(['press-07', 'press-08']);
      expect(pluck(detail, 'timeline', 'id', 'device')).to.deep.equal([
        ['1', null],
        ['2', 'press-07'],
      ]);
      const page = await get(`/commands/${id}/deliveries?limit=1`);
      expect(pluck(page, 'deliveries', 'device')).to.deep.equal(['press-07']);
      const next = await get(`/commands/${id}/deliveries?limit=1&cursor=${textAt(page, 'next')}`);
      expect(pluck(next, 'deliveries', 'device')).to.deep.equal(['press-08']);
      const steps = await get(`/commands/${id}/timeline?limit=1`);
      const later = await get(`/commands/${id}/timeline?limit=1&cursor=${textAt(steps, 'next')}`);
      expect(pluck(later, 'timeline', 'id')).to.deep.equal(['2']);
    });

    it('goes on while the ledger is silent, for what is stored', async () => {
      const { id } = stored();
      gateway.registry.fresh = false;
      expect((await get('/commands')).status).to.equal(200);
      expect((await get(`/commands/${id}`)).status).to.equal(200);
    });
  });
});
