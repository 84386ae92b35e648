import { expect } from 'chai';
import request, { type Response } from 'supertest';

import { dig, pluck } from '../testing/answers.ts';
import { type TestGateway, testGateway } from '../testing/gateway.ts';

const outcome = (response: Response): unknown[] => [response.status, dig(response, 'code')];

const HOOK = {
  ...{ name: 'Pager', tenant: 'acme', enabled: true, minimumSeverity: 'major', rules: null },
  destination: { kind: 'webhook', url: 'https://example.com/hook' },
};
const MAIL = { ...HOOK, name: 'Mail', destination: { kind: 'email', to: ['night@example.com'] } };

describe('routes of notifications', () => {
  let gateway: TestGateway;
  let admin: string;
  let auditor: string;
  let beta: string;

  beforeEach(async () => {
    gateway = await testGateway();
    [admin, auditor, beta] = await Promise.all([
      gateway.signIn(gateway.people.adminOperator),
      gateway.signIn(gateway.people.auditor),
      gateway.signInFor('beta', 'admin'),
    ]);
  });

  const ask = (method: 'get' | 'put' | 'post' | 'delete', path: string, token = admin) => {
    const url = `/api/v1/notification-channels${path}`;
    return request(gateway.app)[method](url).set('Authorization', `Bearer ${token}`);
  };

  async function add(definition: object): Promise<string> {
    const response = await ask('post', '').send(definition);
    expect(response.status, response.text).to.equal(201);
    return String(dig(response, 'channel', 'id'));
  }

  it('add, change and remove channels', async () => {
    const made = await ask('post', '').send(HOOK);
    const id = String(dig(made, 'channel', 'id'));
    expect(dig(made, 'secret')).to.match(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const mail = await ask('post', '').send(MAIL);
    expect(dig(mail, 'secret')).to.equal(null);
    const changed = await ask('put', `/${id}`).send({ ...HOOK, name: 'Night', version: 1 });
    expect([dig(changed, 'version'), dig(changed, 'definition', 'name')]).to.deep.equal([2, 'Night']);
    expect(outcome(await ask('put', `/${id}`).send({ ...MAIL, version: 2 }))).to.deep.equal([
      400,
      'INVALID_ARGUMENT',
    ]);
    expect((await ask('get', '', auditor)).body).to.have.nested.property('channels[0].mayPut', false);
    expect((await ask('delete', `/${id}`)).status).to.equal(204);
    expect(pluck(await ask('get', ''), 'channels', 'version')).to.deep.equal([1]);
  });

  it('are changed by who has seen the newest version, and says so', async () => {
    const id = await add(HOOK);
    await ask('put', `/${id}`).send({ ...HOOK, enabled: false, version: 1 });
    const late = await ask('put', `/${id}`).send({ ...HOOK, name: 'Night', version: 1 });
    expect(outcome(late)).to.deep.equal([409, 'VERSION_CONFLICT']);
    expect(dig(late, 'detail')).to.match(/^the channel is at version 2 now: look at what was changed/);
    expect(outcome(await ask('put', `/${id}`).send(HOOK))).to.deep.equal([400, 'INVALID_ARGUMENT']);
    expect(gateway.notifications.rows.get(id)).to.include({ version: 2, enabled: false, name: 'Pager' });
    expect((await ask('put', `/${id}`).set('If-Match', '"2"').send(HOOK)).status).to.equal(200);
  });

  it('show a secret once: neither the list, nor the audit trail, nor the log has it', async () => {
    const made = await ask('post', '').send(HOOK);
    const id = String(dig(made, 'channel', 'id'));
    const renewed = await ask('post', `/${id}/secret`);
    const secrets = [dig(made, 'secret'), dig(renewed, 'secret')].map(String);
    expect(secrets[0]).not.to.equal(secrets[1]);
    const sealed = gateway.notifications.rows.get(id)?.sealedSecret ?? new Uint8Array();
    expect(Buffer.from(sealed).toString()).to.equal(`${id} ${String(secrets[1])}`);
    const list = await ask('get', '');
    const traces = list.text + JSON.stringify(gateway.trail.entries) + gateway.logLines.join('');
    for (const secret of secrets) expect(traces).not.to.include(secret);
    const mail = await add(MAIL);
    expect(outcome(await ask('post', `/${mail}/secret`))).to.deep.equal([400, 'INVALID_ARGUMENT']);
  });

  it('show other tenants’ channels to nobody, and what concerns all tenants to who serves all', async () => {
    const id = await add(HOOK);
    const everybodys = await add({ ...HOOK, tenant: null });
    expect((await ask('get', '', beta)).body).to.deep.equal({ channels: [] });
    for (const hidden of [id, everybodys]) {
      expect(outcome(await ask('put', `/${hidden}`, beta).send(HOOK))).to.deep.equal([404, 'NOT_FOUND']);
      expect(outcome(await ask('get', `/${hidden}/dead-letters`, beta))).to.deep.equal([404, 'NOT_FOUND']);
    }
    for (const tenant of ['acme', null])
      expect((await ask('post', '', beta).send({ ...HOOK, tenant })).status).to.equal(403);
    const own = await ask('post', '', beta).send({ ...HOOK, tenant: 'beta' });
    const moved = await ask('put', `/${String(dig(own, 'channel', 'id'))}`, beta).send(HOOK);
    expect(moved.status).to.equal(403);
  });

  it('leave a channel to its tenant, with what waits and what was given up on', async () => {
    const id = await add(HOOK);
    for (const tenant of ['beta', null])
      expect(outcome(await ask('put', `/${id}`).send({ ...HOOK, tenant, version: 1 }))).to.deep.equal([
        ...[400, 'INVALID_ARGUMENT'],
      ]);
    expect(gateway.notifications.rows.get(id)?.tenant).to.equal('acme');
  });

  it('refuse addresses that are none, and more channels than a tenant may have', async () => {
    for (const url of ['ftp://example.com', 'https://a:b@example.com/', 'nowhere'])
      expect(
        outcome(await ask('post', '').send({ ...HOOK, destination: { kind: 'webhook', url } })),
      ).to.deep.equal([400, 'INVALID_ARGUMENT']);
    for (let count = 0; count < 50; count += 1) await add(MAIL);
    expect(outcome(await ask('post', '').send(MAIL))).to.deep.equal([400, 'INVALID_ARGUMENT']);
    expect((await ask('post', '').send({ ...MAIL, tenant: 'beta' })).status).to.equal(201);
  });

  it('send a test message, but not to what is switched off', async () => {
    const id = await add(HOOK);
    expect((await ask('post', `/${id}/test`)).status).to.equal(202);
    expect(gateway.notifications.sent).to.deep.equal([
      { channel: id, content: { kind: 'test', by: 'admin@operator', at: gateway.now() } },
    ]);
    const off = await add({ ...HOOK, enabled: false });
    expect(outcome(await ask('post', `/${off}/test`))).to.deep.equal([400, 'INVALID_ARGUMENT']);
  });

  it('list dead letters page by page, send one again and throw one away', async () => {
    const id = await add(HOOK);
    for (let count = 0; count < 3; count += 1)
      gateway.notifications.giveUp(id, { kind: 'test', by: 'admin@operator', at: count });
    const first = await ask('get', `/${id}/dead-letters?limit=2`, auditor);
    expect([pluck(first, 'letters', 'id'), pluck(first, 'letters', 'failure')]).to.deep.equal([
      ['3', '2'],
      ['answered 500', 'answered 500'],
    ]);
    const rest = await ask('get', `/${id}/dead-letters?limit=2&cursor=${String(dig(first, 'next'))}`);
    expect([pluck(rest, 'letters', 'id'), dig(rest, 'next')]).to.deep.equal([['1'], null]);
    expect((await ask('post', `/${id}/dead-letters/3/send-again`)).status).to.equal(202);
    expect((await ask('delete', `/${id}/dead-letters/2`)).status).to.equal(204);
    expect(gateway.notifications.letters.map((letter) => letter.id)).to.deep.equal([1n]);
    const other = await add(MAIL);
    for (const [method, path] of [
      ['post', `/${id}/dead-letters/3/send-again`],
      ['delete', `/${other}/dead-letters/1`],
    ] as const)
      expect(outcome(await ask(method, path))).to.deep.equal([404, 'NOT_FOUND']);
    expect((await ask('delete', `/${id}/dead-letters/1`, auditor)).status).to.equal(403);
  });
});
