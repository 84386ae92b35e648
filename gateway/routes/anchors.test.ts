import { expect } from 'chai';
import request from 'supertest';

import { LOG } from '../testing/fake-log.ts';
import { dig, pluck, textAt } from '../testing/answers.ts';
import { type TestGateway, testGateway } from '../testing/gateway.ts';

describe('anchor routes', () => {
  let gateway: TestGateway;
  let token: string;
  beforeEach(async () => {
    gateway = await testGateway();
    token = await gateway.signIn(gateway.people.auditor);
    for (const seq of [1, 2, 3])
      gateway.log.seal([{ tenant: 'a', device: 'd', epoch: 1, seq, ts: seq, values: { count: seq } }]);
    gateway.log.commit(2n);
  });

  const get = (path: string) => request(gateway.app).get(path).set('Authorization', `Bearer ${token}`);

  it('lists anchors, newest first, with their way to the ledger', async () => {
    const first = await get('/api/v1/anchors?limit=2');
    expect(pluck(first, 'anchors', 'sequence', 'state', 'block')).to.deep.equal([
      [2, 'sealed', null],
      [1, 'committed', 5],
    ]);
    expect(dig(first, 'anchors', 0)).to.not.have.any.keys('batch', 'ranges');
    const second = await get(`/api/v1/anchors?limit=2&cursor=${textAt(first, 'next')}`);
    expect(pluck(second, 'anchors', 'sequence')).to.deep.equal([0]);
    expect(dig(second, 'next')).to.equal(null);
  });

  it('keeps to one log', async () => {
    expect(dig(await get(`/api/v1/anchors?logId=${LOG}`), 'anchors')).to.have.length(3);
    expect(dig(await get('/api/v1/anchors?logId=ingest-2@operator'), 'anchors')).to.have.length(0);
  });

  it('gives the logs as the ledger has them', async () => {
    expect((await get('/api/v1/logs')).body).to.deep.equal({ logs: [await gateway.log.checkpoint()] });
  });
});
