import { expect } from 'chai';
import request, { type Response } from 'supertest';

import { dig, textAt } from '../testing/answers.ts';
import { problemSchema } from '../http/problem.ts';
import { type TestGateway, testGateway } from '../testing/gateway.ts';

describe('routes of who keeps a device, and how', () => {
  let gateway: TestGateway;
  let operator: string;
  let manufacturer: string;
  beforeEach(async () => {
    gateway = await testGateway();
    gateway.addDevice('press-07');
    operator = await gateway.signIn(gateway.people.adminOperator);
    manufacturer = await gateway.signIn(gateway.people.adminManufacturer);
  });

  function send(method: 'post' | 'put', path: string, body: object, token = operator): Promise<Response> {
    const url = `/api/v1/devices/press-07/${path}`;
    return request(gateway.app)[method](url).set('Authorization', `Bearer ${token}`).send(body);
  }
  const device = () => gateway.registry.device('press-07');

  it('set groups and tags in place of those that were', async () => {
    await send('put', 'labels', { groups: ['hall-7', 'night'], tags: { room: '12' } });
    const response = await send('put', 'labels', { groups: ['hall-8'], tags: {} });
    expect(response.status, response.text).to.equal(200);
    expect(device()).to.deep.include({ groups: ['hall-8'], tags: {}, by: 'admin@operator' });
  });

  it('take no labels that the ledger would not', async () => {
    for (const labels of [
      {},
      { groups: [] },
      { groups: ['Hall 7'], tags: {} },
      { groups: ['a', 'a'], tags: {} },
      { groups: [], tags: { Room: '1' } },
      { groups: [], tags: { room: '' } },
      { groups: Array.from({ length: 17 }, (_, index) => `g${index}`), tags: {} },
    ])
      expect((await send('put', 'labels', labels)).status, JSON.stringify(labels)).to.equal(400);
    expect(gateway.registry.changes).to.deep.equal([]);
  });

  it('give a device away by two signatures', async () => {
    const offer = await send('post', 'transfer', { to: 'ManufacturerMSP', reason: 'sold' });
    expect(offer.status, offer.text).to.equal(200);
    expect(dig(offer, 'transfer')).to.deep.include({ to: 'ManufacturerMSP', by: 'admin@operator' });
    expect(device()?.org).to.equal('OperatorMSP');

    const accepted = await send('post', 'transfer/accept', { reason: 'bought' }, manufacturer);
    expect(accepted.status, accepted.text).to.equal(200);
    expect(device()).to.include({ org: 'ManufacturerMSP', transfer: null, by: 'admin@manufacturer' });
    expect((await send('put', 'labels', { groups: [], tags: {} })).status).to.equal(403);
  });

  it('take an offer back, and then there is nothing to accept', async () => {
    await send('post', 'transfer', { to: 'ManufacturerMSP', reason: 'sold' });
    expect((await send('post', 'transfer/cancel', { reason: 'not theirs' }, manufacturer)).status).to.equal(
      403,
    );
    expect((await send('post', 'transfer/cancel', { reason: 'not paid' })).status).to.equal(200);
    const late = await send('post', 'transfer/accept', { reason: 'bought' }, manufacturer);
    expect([late.status, textAt(late, 'code')]).to.deep.equal([409, 'TRANSITION_ILLEGAL']);
    expect(device()).to.include({ org: 'OperatorMSP', transfer: null });
  });

  it('let nobody accept what is another’s to accept', async () => {
    await send('post', 'transfer', { to: 'AuditorMSP', reason: 'given' });
    for (const token of [operator, manufacturer])
      expect((await send('post', 'transfer/accept', { reason: 'mine' }, token)).status).to.equal(403);
    expect(
      (await send('post', 'transfer', { to: 'ManufacturerMSP', reason: 'mine' }, manufacturer)).status,
    ).to.equal(403);
    expect(device()).to.deep.include({ org: 'OperatorMSP' });
  });

  it('offer a device to no organisation that the consortium does not have', async () => {
    const response = await send('post', 'transfer', { to: 'NobodyMSP', reason: 'sold' });
    expect(response.status).to.equal(400);
    const { code, errors } = problemSchema.parse(response.body);
    expect([code, errors?.map(({ pointer }) => pointer)]).to.deep.equal(['INVALID_ARGUMENT', ['#/to']]);
    expect(errors?.[0]?.detail).to.include('NobodyMSP').and.include('ManufacturerMSP');
    expect(gateway.registry.changes).to.deep.equal([]);
  });

  it('want an organisation as the ledger names it, and a reason', async () => {
    for (const body of [
      {},
      { to: 'operator', reason: 'x' },
      { to: 'ManufacturerMSP' },
      { to: 'A/MSP', reason: 'x' },
    ])
      expect((await send('post', 'transfer', body)).status, JSON.stringify(body)).to.equal(400);
    expect((await send('post', 'transfer/accept', { reason: ' ' }, manufacturer)).status).to.equal(400);
  });
});
