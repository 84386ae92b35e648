import { expect } from 'chai';
import request, { type Response } from 'supertest';

import type { AlertNews } from '../../chaincode/protocol/alerts/alert.ts';
import { HOT } from '../../chaincode/protocol/testing/alert-rules.ts';
import { dig, pluck } from '../testing/answers.ts';
import { type TestGateway, testGateway } from '../testing/gateway.ts';

function outcome(response: Response): unknown[] {
  return [response.status, dig(response, 'code')];
}

describe('routes of alerts', () => {
  let gateway: TestGateway;
  let admin: string;
  let auditor: string;
  let beta: string;

  beforeEach(async () => {
    gateway = await testGateway();
    gateway.addDevice('press-07', { org: 'OperatorMSP' });
    gateway.addDevice('b-1', { org: 'OperatorMSP', tenant: 'beta' });
    [admin, auditor, beta] = await Promise.all([
      gateway.signIn(gateway.people.adminOperator),
      gateway.signIn(gateway.people.auditor),
      gateway.signInFor('beta', 'admin'),
    ]);
  });

  const ask = (method: 'get' | 'put' | 'post' | 'delete', path: string, token = admin) =>
    request(gateway.app)[method](`/api/v1${path}`).set('Authorization', `Bearer ${token}`);

  it('list what fits, newest first, page by page', async () => {
    for (const changes of [{}, { severity: 'critical' as const }, { clearedAt: 5 }])
      gateway.alerts.raise(changes);
    const first = await ask('get', '/alerts?limit=2');
    expect(pluck(first, 'alerts', 'id')).to.deep.equal(['3', '2']);
    const second = await ask('get', `/alerts?limit=2&cursor=${String(dig(first, 'next'))}`);
    expect([pluck(second, 'alerts', 'id'), dig(second, 'next')]).to.deep.equal([['1'], null]);
    const ids = async (query: string): Promise<unknown> =>
      pluck(await ask('get', `/alerts?${query}`), 'alerts', 'id');
    expect(await ids('active=true')).to.deep.equal(['2', '1']);
    expect(await ids('active=false&acknowledged=false')).to.deep.equal(['3']);
    expect(await ids('severity=critical&device=press-07&rule=hot')).to.deep.equal(['2']);
    expect(outcome(await ask('get', '/alerts?active=maybe'))).to.deep.equal([400, 'INVALID_ARGUMENT']);
  });

  it('take an alert through its life, tell who did what and when, and whoever watches', async () => {
    gateway.alerts.raise();
    const news: AlertNews[] = [];
    gateway.parts.alertNews.listen((each) => news.push(each));
    for (const [verb, body, fields] of [
      ['assign', { assignee: 'operator@operator' }, { assignee: 'operator@operator' }],
      ['comment', { comment: 'the fan stands still' }, {}],
      ['snooze', { until: gateway.now() + 1000 }, { snoozedUntil: gateway.now() + 1000 }],
      ['acknowledge', {}, { acknowledged: true, active: true }],
      ['clear', { comment: 'new fan' }, { acknowledged: true, active: false, snoozedUntil: null }],
    ] as const) {
      const response = await ask('post', `/alerts/1/${verb}`).send(body);
      expect(response.status, response.text).to.equal(200);
      expect(response.body).to.include(fields);
    }
    const story = await ask('get', '/alerts/1', auditor);
    expect(pluck(story, 'timeline', 'step')).to.deep.equal([
      ...['raise', 'assign', 'comment', 'snooze', 'acknowledge', 'clear'],
    ]);
    expect(pluck(story, 'timeline', 'author')).to.deep.equal([
      'rule hot',
      ...Array<string>(5).fill('admin@operator'),
    ]);
    expect(dig(story, 'alert', 'mayHandle')).to.equal(false);
    expect(news.map(({ step }) => step)).to.deep.equal([
      'assign',
      'comment',
      'snooze',
      'acknowledge',
      'clear',
    ]);
    for (const verb of ['acknowledge', 'clear'])
      expect(outcome(await ask('post', `/alerts/1/${verb}`).send({}))).to.deep.equal([
        409,
        'TRANSITION_ILLEGAL',
      ]);
  });

  it('refuse those who may not, and what is none', async () => {
    gateway.alerts.raise();
    gateway.alerts.raise({ device: null, tenant: null, type: 'LOG_PLACE_TAKEN', rule: null });
    expect(outcome(await ask('post', '/alerts/1/clear', auditor).send({}))).to.deep.equal([403, 'FORBIDDEN']);
    expect(outcome(await ask('post', '/alerts/1/clear', beta).send({}))).to.deep.equal([404, 'NOT_FOUND']);
    expect(outcome(await ask('get', '/alerts/1', beta))).to.deep.equal([404, 'NOT_FOUND']);
    expect(pluck(await ask('get', '/alerts', beta), 'alerts', 'id')).to.deep.equal([]);
    expect(outcome(await ask('get', '/alerts/9'))).to.deep.equal([404, 'NOT_FOUND']);
    expect((await ask('post', '/alerts/2/acknowledge').send({})).status).to.equal(200);
    for (const [verb, body] of [
      ['assign', { assignee: 'nobody@operator' }],
      ['snooze', { until: 5 }],
      ['comment', {}],
      ['comment', { comment: 'two\nlines' }],
    ] as const)
      expect(outcome(await ask('post', `/alerts/1/${verb}`).send(body)), verb).to.deep.equal([
        400,
        'INVALID_ARGUMENT',
      ]);
  });

  describe('and their rules', () => {
    const put = (rule: object, token = admin, id = 'hot') =>
      ask('put', `/alert-rules/${id}`, token).send(rule);

    it('have versions with an author, and none for the same again', async () => {
      expect((await put(HOT)).body).to.deep.include({
        version: 1,
        author: 'admin@operator',
        definition: HOT,
      });
      expect((await put(HOT)).body).to.include({ version: 1 });
      expect((await put({ ...HOT, severity: 'critical' })).body).to.include({ version: 2 });
      expect((await ask('delete', '/alert-rules/hot')).status).to.equal(204);
      expect(pluck(await ask('get', '/alert-rules/hot'), 'versions', 'version')).to.deep.equal([3, 2, 1]);
      expect((await ask('get', '/alert-rules')).body).to.deep.equal({ rules: [] });
      expect(outcome(await ask('delete', '/alert-rules/hot'))).to.deep.equal([404, 'NOT_FOUND']);
    });

    it('are not replaced by who has seen another version, and says so', async () => {
      const seen = (rule: object, version: number) =>
        ask('put', `/alert-rules/hot?version=${version}`).send(rule);
      expect((await seen(HOT, 0)).headers['etag']).to.equal('"1"');
      const harder = { ...HOT, severity: 'critical' };
      expect(outcome(await seen(harder, 0))).to.deep.equal([409, 'VERSION_CONFLICT']);
      expect(outcome(await put(harder).set('If-Match', '"7"'))).to.deep.equal([409, 'VERSION_CONFLICT']);
      expect((await ask('get', '/alert-rules/hot')).body).to.have.nested.property('versions[0].version', 1);
      expect((await seen(harder, 1)).body).to.include({ version: 2 });
      await ask('delete', '/alert-rules/hot');
      expect(outcome(await seen(HOT, 2))).to.deep.equal([409, 'VERSION_CONFLICT']);
      expect((await put(HOT).set('If-Match', '"0"')).body).to.include({ version: 4 });
    });

    it('are imported as they are exported, all or none', async () => {
      await put(HOT);
      await put({ ...HOT, id: 'hotter' }, admin, 'hotter');
      const exported = (await ask('get', '/alert-rules')).body as object;
      gateway.alerts.ruleVersions.length = 0;
      expect((await ask('post', '/alert-rules/import').send(exported)).body).to.deep.equal({ taken: 2 });
      expect(pluck(await ask('get', '/alert-rules'), 'rules', 'version')).to.deep.equal([1, 1]);
      const rules = [{ definition: { ...HOT, id: 'new' } }, { definition: { ...HOT, condition: {} } }];
      expect(outcome(await ask('post', '/alert-rules/import').send({ rules }))).to.deep.equal([
        400,
        'INVALID_ARGUMENT',
      ]);
      const twice = { rules: [rules[0], rules[0]] };
      expect(outcome(await ask('post', '/alert-rules/import').send(twice))).to.deep.equal([
        400,
        'INVALID_ARGUMENT',
      ]);
      expect(gateway.alerts.ruleVersions).to.have.length(2);
    });

    it('are their tenant’s, or everybody’s to see and the whole consortium’s to put', async () => {
      const own = { ...HOT, tenant: 'beta' };
      expect(outcome(await put(HOT, beta))).to.deep.equal([403, 'FORBIDDEN']);
      expect(outcome(await put({ ...HOT, tenant: 'acme' }, beta))).to.deep.equal([403, 'FORBIDDEN']);
      expect(outcome(await put(own, auditor))).to.deep.equal([403, 'FORBIDDEN']);
      expect((await put(own, beta)).status).to.equal(200);
      await put({ ...HOT, id: 'all' }, admin, 'all');
      await put({ ...HOT, id: 'acmes', tenant: 'acme' }, admin, 'acmes');
      const seen = (await ask('get', '/alert-rules', beta)).body as {
        rules: { definition: { id: string } }[];
      };
      expect(seen.rules.map(({ definition }) => definition.id).sort()).to.deep.equal(['all', 'hot']);
      for (const id of ['acmes', 'none'])
        expect(outcome(await ask('get', `/alert-rules/${id}`, beta))).to.deep.equal([404, 'NOT_FOUND']);
      expect(outcome(await ask('delete', '/alert-rules/all', beta))).to.deep.equal([403, 'FORBIDDEN']);
    });

    const condition = HOT.condition;
    for (const [what, rule, code] of [
      [
        'a threshold of NaN',
        { ...HOT, condition: { ...condition, raiseAt: Number.NaN } },
        'INVALID_ARGUMENT',
      ],
      ['no end', { ...HOT, condition: { ...condition, clearAt: 90 } }, 'INVALID_ARGUMENT'],
      ['another id than the path', { ...HOT, id: 'cold' }, 'INVALID_ARGUMENT'],
      [
        'a fence that crosses itself',
        {
          ...HOT,
          condition: {
            kind: 'geofence',
            fence: {
              shape: 'polygon',
              corners: [
                [0, 0],
                [4, 4],
                [4, 0],
                [0, 1],
              ],
            },
          },
        },
        'INVALID_ARGUMENT',
      ],
      ['a type that is none', { ...HOT, devices: { type: 'mood-ring' } }, 'TYPE_UNKNOWN'],
      ['a device that is none', { ...HOT, devices: { device: 'press-99' } }, 'DEVICE_UNKNOWN'],
      ['another tenant’s device', { ...HOT, tenant: 'acme', devices: { device: 'b-1' } }, 'DEVICE_UNKNOWN'],
    ] as const)
      it(`may not have ${what}`, async () => {
        const response = await put(rule);
        expect(dig(response, 'code')).to.equal(code);
        expect(gateway.alerts.ruleVersions).to.deep.equal([]);
      });

    it('may not ask of a type what it never sends, or what never ends', async () => {
      const sensors = [{ name: 'temperature', unit: '°C', minimum: -40, maximum: 125, dataType: 'number' }];
      await ask('put', '/types/thermometer').send({ description: 'of a test', sensors });
      const put2 = (fields: object) =>
        put({ ...HOT, devices: { type: 'thermometer' }, condition: { ...condition, ...fields } });
      expect((await put2({})).status).to.equal(200);
      expect(outcome(await put2({ sensor: 'power' }))).to.deep.equal([422, 'SENSOR_UNKNOWN']);
      expect(outcome(await put2({ raiseAt: 125 }))).to.deep.equal([422, 'VALUE_INVALID']);
      expect(outcome(await put2({ clearAt: -41 }))).to.deep.equal([422, 'VALUE_INVALID']);
      gateway.addDevice('t-1', { org: 'OperatorMSP', type: 'thermometer' });
      const ofOne = (fields: object) =>
        put({ ...HOT, devices: { device: 't-1' }, condition: { ...condition, ...fields } });
      expect((await ofOne({})).status, 'a device').to.equal(200);
      expect(outcome(await ofOne({ sensor: 'power' })), 'a device').to.deep.equal([422, 'SENSOR_UNKNOWN']);
    });

    it('are tried over what is stored, of devices that the asker may read', async () => {
      const t = 1_700_000_000_000;
      gateway.alerts.past = [20, 90, 95, 60, 85].flatMap((value, index) =>
        ['press-07', 'b-1'].map((device) => ({
          ...{ device, sensor: 'temperature', value },
          ...{ id: BigInt(index) << 6n, ts: t + index * 1000 },
        })),
      );
      const trial = { rule: HOT, from: t, to: t + 86_400_000 };
      const response = await ask('post', '/alert-rules/dry-run', beta).send(trial);
      expect(response.body).to.deep.equal({
        fired: 2,
        firings: [
          { device: 'b-1', raisedAt: t + 1000, clearedAt: t + 3000, value: 90 },
          { device: 'b-1', raisedAt: t + 4000, clearedAt: null, value: 85 },
        ],
        ...{ devices: 1, readings: 5, complete: true },
      });
      expect(dig(await ask('post', '/alert-rules/dry-run').send(trial), 'fired')).to.equal(4);
      const silence = { ...trial, rule: { ...HOT, condition: { kind: 'no-data', forSeconds: 3600 } } };
      expect(dig(await ask('post', '/alert-rules/dry-run').send(silence), 'fired')).to.equal(2);
      const backwards = { ...trial, to: t };
      expect(outcome(await ask('post', '/alert-rules/dry-run').send(backwards))).to.deep.equal([
        400,
        'INVALID_ARGUMENT',
      ]);
    });
  });
});
