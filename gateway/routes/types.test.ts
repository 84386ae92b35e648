import { expect } from 'chai';
import request, { type Response } from 'supertest';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { problemSchema } from '../http/problem.ts';
import { pluck } from '../testing/answers.ts';
import { type TestGateway, testGateway } from '../testing/gateway.ts';

function codeOf(response: Response): string {
  return problemSchema.parse(response.body).code;
}

const TEMPERATURE = { name: 'temperature', unit: '°C', minimum: -40, maximum: 125, dataType: 'number' };
const THERMOMETER = { description: 'of a test', sensors: [TEMPERATURE] };

describe('routes of device types', () => {
  let gateway: TestGateway;
  let operatorAdmin: string;
  let manufacturerAdmin: string;
  let auditor: string;

  beforeEach(async () => {
    gateway = await testGateway();
    const { people } = gateway;
    [operatorAdmin, manufacturerAdmin, auditor] = await Promise.all([
      gateway.signIn(people.adminOperator),
      gateway.signIn(people.adminManufacturer),
      gateway.signIn(people.auditor),
    ]);
  });

  const get = (path: string, token = auditor) =>
    request(gateway.app).get(`/api/v1${path}`).set('Authorization', `Bearer ${token}`);
  const put = (name: string, body: object, token = operatorAdmin) =>
    request(gateway.app).put(`/api/v1/types/${name}`).set('Authorization', `Bearer ${token}`).send(body);

  it('put a type in the member’s own name, and read it', async () => {
    const response = await put('thermometer', THERMOMETER);
    expect(response.status, response.text).to.equal(200);
    expect(response.body).to.deep.include({
      name: 'thermometer',
      ...THERMOMETER,
      org: 'OperatorMSP',
      version: 1,
      by: 'admin@operator',
    });
    expect((await get('/types/thermometer')).body).to.deep.equal(response.body);
    expect((await get('/types')).body).to.deep.equal({ types: [response.body] });
  });

  it('leave a type to its organisation, and to those whom the policy allows it', async () => {
    await put('thermometer', THERMOMETER);
    for (const token of [manufacturerAdmin, auditor]) {
      const response = await put('thermometer', { ...THERMOMETER, description: 'mine' }, token);
      expect([response.status, codeOf(response)]).to.deep.equal([403, 'FORBIDDEN']);
    }
    expect(gateway.registry.types.get('thermometer')?.version).to.equal(1);
  });

  it('show nothing that a rule hides', async () => {
    await put('thermometer', THERMOMETER);
    await put('secret', THERMOMETER);
    gateway.registry.rules = [
      ...gateway.registry.rules,
      {
        id: 'hidden',
        effect: 'deny',
        description: 'of a test',
        who: {},
        actions: ['type:read'],
        what: { types: ['secret'] },
        when: { networks: ['0.0.0.0/0', '::/0'] },
      },
    ];
    expect(pluck(await get('/types'), 'types', 'name')).to.deep.equal(['thermometer']);
    expect(codeOf(await get('/types/secret'))).to.equal('FORBIDDEN');
  });

  for (const [what, body] of Object.entries({
    'no sensors': { ...THERMOMETER, sensors: [] },
    'another unit': { ...THERMOMETER, sensors: [{ ...TEMPERATURE, unit: 'K' }] },
    'a range upside down': { ...THERMOMETER, sensors: [{ ...TEMPERATURE, minimum: 200 }] },
    'another name in the body': { ...THERMOMETER, name: 'hygrometer' },
    'whose it is': { ...THERMOMETER, org: 'OperatorMSP' },
  })) {
    it(`refuse ${what}`, async () => {
      const response = await put('thermometer', body);
      expect([response.status, codeOf(response)]).to.deep.equal([400, 'INVALID_ARGUMENT']);
      expect(gateway.registry.types.size).to.equal(0);
    });
  }

  it('say what the ledger says', async () => {
    const unknown = await get('/types/mood');
    expect([unknown.status, codeOf(unknown)]).to.deep.equal([404, 'TYPE_UNKNOWN']);
    gateway.registry.failure = new BiotError('LEDGER_UNAVAILABLE', 'connect ECONNREFUSED');
    const away = await get('/types');
    expect([away.status, codeOf(away)]).to.deep.equal([503, 'LEDGER_UNAVAILABLE']);
  });
});
