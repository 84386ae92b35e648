import { expect } from 'chai';
import request, { type Response } from 'supertest';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { writeCode } from '../../chaincode/protocol/onboarding/code.ts';
import { generateKeyPair, type KeyPair, publicKeyPem } from '../../network/pki/keys.ts';
import { requestFor } from '../../network/pki/testing/requests.ts';
import { problemSchema } from '../http/problem.ts';
import { dig, pluck, textAt } from '../testing/answers.ts';
import { type TestGateway, testGateway } from '../testing/gateway.ts';

function codeOf(response: Response): string {
  return problemSchema.parse(response.body).code;
}

const DAY_MS = 86_400_000;

describe('onboarding routes', () => {
  let gateway: TestGateway;
  let operatorAdmin: string;
  let manufacturerAdmin: string;
  let auditor: string;
  let operator: string;
  let keys: KeyPair;
  let csr: string;

  before(async () => {
    keys = generateKeyPair();
    csr = await requestFor(undefined, { keys });
  });
  beforeEach(async () => {
    gateway = await testGateway();
    const { people } = gateway;
    [operatorAdmin, manufacturerAdmin, auditor, operator] = await Promise.all([
      gateway.signIn(people.adminOperator),
      gateway.signIn(people.adminManufacturer),
      gateway.signIn(people.auditor),
      gateway.signIn(people.operator),
    ]);
  });

  const later = (days = 1): string => new Date(gateway.now() + days * DAY_MS).toISOString();
  const get = (path: string, token = auditor) =>
    request(gateway.app).get(`/api/v1${path}`).set('Authorization', `Bearer ${token}`);
  const post = (path: string, body: object, token = operatorAdmin) =>
    request(gateway.app).post(`/api/v1${path}`).set('Authorization', `Bearer ${token}`).send(body);
  const arrive = (path: string, body: object) =>
    request(gateway.app).post(`/api/v1/onboarding${path}`).send(body);
  const claim = (id = 'press-07', token = operatorAdmin) =>
    post('/claims', { device: { id, tenant: 'acme', type: 'press' }, expiresAt: later() }, token);

  describe('of claims', () => {
    it('give a code once, of which the ledger has the hash alone', async () => {
      const made = await claim();
      expect(made.status).to.equal(201);
      expect(textAt(made, 'code')).to.match(/^(?:[0-9A-Z]{4}-){6}[0-9A-Z]{4}$/);
      expect(dig(made, 'claim', 'org')).to.equal('OperatorMSP');
      const listed = await get('/claims');
      expect(pluck(listed, 'claims', 'state')).to.deep.equal(['open']);
      expect(listed.text).not.to.contain(textAt(made, 'code'));
      expect(gateway.logLines.join()).not.to.contain(textAt(made, 'code'));
    });

    it('make a device of who sends the code and a request, as the gateway', async () => {
      const code = textAt(await claim(), 'code');
      const answer = await arrive('/claims', { code, request: csr });
      expect(answer.status).to.equal(201);
      expect(answer.body).to.deep.include({
        certificate: 'certificate of press-07',
        authority: 'the platform’s authority',
        broker: { host: 'broker.test', port: 8442 },
      });
      expect(dig(answer, 'device', 'status')).to.equal('active');
      expect(dig(answer, 'device', 'publicKey')).to.equal(publicKeyPem(keys.publicKey));
      expect(dig(answer, 'device', 'by')).to.equal('gateway@operator');
      expect(gateway.issuer.orders).to.deep.equal([{ device: 'press-07', request: csr }]);
      expect(gateway.logLines.join()).not.to.contain(code);
    });

    it('give the certificate again to who lost the answer, by the same code and key', async () => {
      const code = textAt(await claim(), 'code');
      gateway.issuer.failure = new BiotError('ISSUER_UNAVAILABLE', 'connect ECONNREFUSED');
      const failed = await arrive('/claims', { code, request: csr });
      expect([failed.status, codeOf(failed)]).to.deep.equal([503, 'ISSUER_UNAVAILABLE']);
      expect(failed.text).not.to.contain('ECONNREFUSED');
      const again = await arrive('/claims', { code, request: await requestFor('press-07', { keys }) });
      expect(again.status).to.equal(201);
      const other = await arrive('/claims', { code, request: await requestFor(undefined) });
      expect([other.status, codeOf(other)]).to.deep.equal([409, 'CODE_REDEEMED']);
    });

    it('refuse each code that is not good, by its own name and at no cost to the ledger', async () => {
      const unknown = await arrive('/claims', { code: writeCode(new Uint8Array(16)), request: csr });
      expect([unknown.status, codeOf(unknown)]).to.deep.equal([404, 'NOT_FOUND']);
      const withdrawn = await claim('a');
      await post(`/claims/${textAt(withdrawn, 'claim', 'id')}/withdraw`, { reason: 'label lost' });
      const gone = await arrive('/claims', { code: textAt(withdrawn, 'code'), request: csr });
      expect([gone.status, codeOf(gone)]).to.deep.equal([410, 'CODE_WITHDRAWN']);
      const code = textAt(await claim('b'), 'code');
      gateway.pass(DAY_MS);
      const late = await arrive('/claims', { code, request: csr });
      expect([late.status, codeOf(late)]).to.deep.equal([410, 'CODE_EXPIRED']);
      expect(gateway.issuer.orders).to.deep.equal([]);
      expect([...gateway.registry.records]).to.deep.equal([]);
    });

    it('spend no code on a request that cannot be certified', async () => {
      const code = textAt(await claim(), 'code');
      const thief = generateKeyPair();
      const { publicKey } = keys;
      const bad: [csr: string, code: string][] = [
        [await requestFor(undefined, { keys: { publicKey, privateKey: thief.privateKey } }), 'KEY_INVALID'],
        [await requestFor('press-08', { keys }), 'INVALID_ARGUMENT'],
        [await requestFor('press-07\u0000', { keys }), 'INVALID_ARGUMENT'],
        [csr.replace('CERTIFICATE REQUEST', 'CERTIFICATE'), 'INVALID_ARGUMENT'],
        ['', 'INVALID_ARGUMENT'],
      ];
      for (const [sent, expected] of bad) {
        const refused = await arrive('/claims', { code, request: sent });
        expect([refused.status, codeOf(refused)]).to.deep.equal([400, expected]);
      }
      expect((await arrive('/claims', { code, request: csr })).status).to.equal(201);
    });

    it('say that a code is mistyped, and do not quote it', async () => {
      const code = textAt(await claim(), 'code');
      const wrong = code.replace(/.$/, (last) => (last === '0' ? '2' : '0'));
      const refused = await arrive('/claims', { code: wrong, request: csr });
      expect(refused.status).to.equal(400);
      expect(dig(refused, 'errors', 0, 'detail')).to.contain('mistyped');
      expect(refused.text).not.to.contain(wrong);
    });

    it('are for administrators, and to be seen by auditors', async () => {
      expect(codeOf(await claim('press-07', operator))).to.equal('FORBIDDEN');
      expect(codeOf(await get('/claims', operator))).to.equal('FORBIDDEN');
      const id = textAt(await claim(), 'claim', 'id');
      const foreign = await post(`/claims/${id}/withdraw`, { reason: 'mine' }, manufacturerAdmin);
      expect(codeOf(foreign)).to.equal('FORBIDDEN');
      expect((await request(gateway.app).get('/api/v1/claims')).status).to.equal(401);
    });

    it('are listed for whoever may see some of them', async () => {
      gateway.registry.rules = gateway.registry.rules.map((rule) =>
        rule.id === 'admin-and-auditor-see-onboarding' ? { ...rule, what: { own: 'organisation' } } : rule,
      );
      await claim();
      expect(pluck(await get('/claims', operatorAdmin), 'claims')).to.have.length(1);
      expect((await get('/vouchers', operatorAdmin)).status).to.equal(200);
      expect(codeOf(await get('/claims', operator))).to.equal('FORBIDDEN');
    });

    const idsOf = (response: Response): unknown[] =>
      pluck(response, 'claims', 'id').map((_, index) => dig(response, 'claims', index, 'device', 'id'));

    it('are listed newest first, in pages, by state', async () => {
      for (const id of ['a', 'b', 'c']) {
        await claim(id);
        gateway.pass(1_000);
      }
      const first = await get('/claims?limit=2');
      expect(idsOf(first)).to.deep.equal(['c', 'b']);
      const second = await get(`/claims?limit=2&cursor=${textAt(first, 'next')}`);
      expect(idsOf(second)).to.deep.equal(['a']);
      expect(dig(second, 'next')).to.equal(null);
      expect(pluck(await get('/claims?state=redeemed'), 'claims')).to.deep.equal([]);
    });

    it('are not tried too often from one network', async () => {
      const slow = await testGateway({ onboardingQuota: { points: 2, seconds: 60 } });
      const guess = () =>
        request(slow.app)
          .post('/api/v1/onboarding/claims')
          .send({ code: writeCode(new Uint8Array(16)), request: csr });
      expect((await guess()).status).to.equal(404);
      expect((await guess()).status).to.equal(404);
      const stopped = await guess();
      expect([stopped.status, codeOf(stopped)]).to.deep.equal([429, 'RATE_LIMITED']);
    });
  });

  describe('of certificates', () => {
    const named = (id: string): Promise<string> => requestFor(id, { keys });
    const add = (fields: object = {}) =>
      gateway.registry.add('press-07', { publicKey: publicKeyPem(keys.publicKey), ...fields });

    it('certify the ledger’s key of an active device', async () => {
      add();
      const answer = await arrive('/certificates', { request: await named('press-07') });
      expect(answer.status).to.equal(200);
      expect(dig(answer, 'certificate')).to.equal('certificate of press-07');
    });

    it('refuse a device that is not active, and do not ask the issuer', async () => {
      for (const status of ['registered', 'suspended', 'revoked'] as const) {
        add({ status });
        const refused = await arrive('/certificates', { request: await named('press-07') });
        expect([refused.status, codeOf(refused)]).to.deep.equal([403, 'DEVICE_NOT_ACTIVE']);
      }
      expect(gateway.issuer.orders).to.deep.equal([]);
    });

    it('do not tell a stranger which devices there are', async () => {
      gateway.addDevice('press-08');
      const other = await arrive('/certificates', { request: await named('press-08') });
      const none = await arrive('/certificates', { request: await named('press-09') });
      expect(codeOf(other)).to.equal('KEY_INVALID');
      expect(codeOf(none)).to.equal('KEY_INVALID');
      expect(textAt(other, 'detail').replace('08', '09')).to.equal(textAt(none, 'detail'));
    });

    it('need a name in the request that can be a device’s', async () => {
      for (const name of [undefined, '', 'press/07', 'press-07\u0000', 'рress-07', 'p'.repeat(65)]) {
        const refused = await arrive('/certificates', { request: await requestFor(name, { keys }) });
        expect([refused.status, codeOf(refused)], name).to.deep.equal([400, 'INVALID_ARGUMENT']);
      }
    });

    it('decide nothing by an old copy of the ledger', async () => {
      add();
      gateway.registry.fresh = false;
      const refused = await arrive('/certificates', { request: await named('press-07') });
      expect([refused.status, codeOf(refused)]).to.deep.equal([503, 'LEDGER_STALE']);
    });
  });

  describe('of vouchers', () => {
    const voucher = (devices: string[], token = manufacturerAdmin) =>
      post('/vouchers', { devices, expiresAt: later(30) }, token);
    const redeem = (code: string, token = operatorAdmin) =>
      post('/vouchers/redeem', { code, tenant: 'works', groups: ['hall-7'] }, token);

    beforeEach(() => {
      for (const id of ['a', 'b']) gateway.addDevice(id, { org: 'ManufacturerMSP', status: 'registered' });
    });

    it('hand devices to the organisation that redeems one', async () => {
      const made = await voucher(['a', 'b']);
      expect(made.status).to.equal(201);
      const redeemed = await redeem(textAt(made, 'code'));
      expect(redeemed.status).to.equal(200);
      expect(pluck(redeemed, 'devices', 'id', 'org', 'tenant', 'status')).to.deep.equal([
        ['a', 'OperatorMSP', 'works', 'active'],
        ['b', 'OperatorMSP', 'works', 'active'],
      ]);
      expect(codeOf(await redeem(textAt(made, 'code'), auditor))).to.equal('FORBIDDEN');
      expect(pluck(await get('/vouchers'), 'vouchers', 'state')).to.deep.equal(['redeemed']);
    });

    it('are refused to the own organisation, and once they are withdrawn', async () => {
      const made = await voucher(['a']);
      expect(codeOf(await redeem(textAt(made, 'code'), manufacturerAdmin))).to.equal('FORBIDDEN');
      const id = textAt(made, 'voucher', 'id');
      expect((await post(`/vouchers/${id}/withdraw`, { reason: 'no' }, manufacturerAdmin)).status).to.equal(
        200,
      );
      expect(codeOf(await redeem(textAt(made, 'code')))).to.equal('CODE_WITHDRAWN');
    });

    it('are made by administrators over their own devices', async () => {
      expect(codeOf(await voucher(['a'], operatorAdmin))).to.equal('FORBIDDEN');
      expect(codeOf(await voucher(['a'], operator))).to.equal('FORBIDDEN');
      expect(codeOf(await voucher(['nobody']))).to.equal('DEVICE_UNKNOWN');
      expect(codeOf(await voucher(['a', 'a']))).to.equal('INVALID_ARGUMENT');
      const unknown = { devices: ['a'], expiresAt: later(30), to: 'NobodyMSP' };
      expect(codeOf(await post('/vouchers', unknown, manufacturerAdmin))).to.equal('INVALID_ARGUMENT');
    });

    it('name what was changed meanwhile', async () => {
      const made = await voucher(['a', 'b']);
      gateway.addDevice('b', { org: 'ManufacturerMSP', status: 'revoked' });
      const refused = await redeem(textAt(made, 'code'));
      expect([refused.status, codeOf(refused)]).to.deep.equal([409, 'TRANSITION_ILLEGAL']);
    });
  });
});
