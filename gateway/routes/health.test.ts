import { expect } from 'chai';
import request from 'supertest';

import { problemSchema } from '../http/problem.ts';
import { dig } from '../testing/answers.ts';
import { type TestGateway, testGateway } from '../testing/gateway.ts';

describe('operation routes', () => {
  let gateway: TestGateway;
  beforeEach(async () => {
    gateway = await testGateway();
  });

  it('is alive whatever is missing', async () => {
    gateway.store.up = false;
    gateway.registry.fresh = false;
    expect((await request(gateway.app).get('/healthz')).body).to.deep.equal({ status: 'ok' });
  });

  it('is ready when ledger, database and broker are there', async () => {
    const response = await request(gateway.app).get('/readyz');
    expect(response.status).to.equal(200);
    expect(dig(response)).to.deep.equal({
      ready: true,
      checks: { ledger: 'ok', database: 'ok', broker: 'ok' },
    });
  });

  const missing: [string, string, (gateway: TestGateway) => void][] = [
    ['ledger', 'LEDGER_STALE', ({ registry }) => (registry.fresh = false)],
    ['database', 'DATABASE_UNAVAILABLE', ({ store }) => (store.up = false)],
    ['broker', 'BROKER_UNAVAILABLE', ({ relay }) => (relay.connected = false)],
  ];
  for (const [name, code, remove] of missing) {
    it(`is not ready without the ${name}, and says so`, async () => {
      remove(gateway);
      const response = await request(gateway.app).get('/readyz');
      expect(response.status).to.equal(503);
      const problem = problemSchema.parse(response.body);
      expect(problem.code).to.equal(code);
      expect(problem.checks).to.deep.equal({ ledger: 'ok', database: 'ok', broker: 'ok', [name]: 'failing' });
    });
  }

  it('counts requests by the route’s template, not by device', async () => {
    const token = await gateway.signIn(gateway.people.auditor);
    await request(gateway.app).get('/api/v1/devices/press-07').set('Authorization', `Bearer ${token}`);
    await request(gateway.app).get('/no/such/path');
    const response = await request(gateway.app).get('/metrics');
    expect(response.headers['content-type']).to.match(/^text\/plain/);
    expect(response.text).to.match(
      /biot_gateway_request_seconds_count\{method="GET",route="\/api\/v1\/devices\/\{id\}",status="404"\} 1/,
    );
    expect(response.text).to.include('route="other",status="404"');
    expect(response.text).to.include('biot_gateway_problems_total{code="DEVICE_UNKNOWN"} 1');
    expect(response.text).to.not.include('press-07');
  });
});
