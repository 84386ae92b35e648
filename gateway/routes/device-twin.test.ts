import { expect } from 'chai';
import request, { type Response } from 'supertest';

import { createDeviceToken } from '../../ingest/device/token.ts';
import { problemSchema } from '../http/problem.ts';
import { type TestDevice, type TestGateway, testGateway } from '../testing/gateway.ts';

function codeOf(response: Response): string {
  return problemSchema.parse(response.body).code;
}

describe('a device’s own twin by HTTP', () => {
  let gateway: TestGateway;
  let press: TestDevice;
  beforeEach(async () => {
    gateway = await testGateway();
    press = gateway.addDevice('press-07');
  });

  function tokenOf({ device, privateKey }: TestDevice, body?: Uint8Array): Promise<string> {
    return createDeviceToken({
      device: device.id,
      privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      now: gateway.now(),
      ...(body !== undefined && { body }),
    });
  }

  async function read(etag = ''): Promise<Response> {
    return request(gateway.app)
      .get('/api/v1/device/twin')
      .set('Authorization', `Bearer ${await tokenOf(press)}`)
      .set('If-None-Match', etag);
  }

  async function report(text: string, { signed = text, type = 'application/json' } = {}): Promise<Response> {
    const token = await tokenOf(press, Buffer.from(signed));
    return request(gateway.app)
      .put('/api/v1/device/twin/reported')
      .set('Authorization', `Bearer ${token}`)
      .set('Content-Type', type)
      .send(text);
  }

  async function want(properties: Record<string, unknown>): Promise<void> {
    const { device, tenant } = { device: press.device.id, tenant: press.device.tenant };
    const change = { device, tenant, next: () => properties, by: 'admin@manufacturer', at: gateway.now() };
    await gateway.parts.twins.change(change);
  }

  it('says what is wanted, and of people nothing', async () => {
    await want({ interval: 5 });
    const { body } = (await read()) as { body: Record<string, unknown> };
    expect(body['desired']).to.deep.equal({ version: 1, properties: { interval: 5 } });
    expect(body['delta']).to.deep.equal({ interval: 5 });
    expect(JSON.stringify(body)).to.not.include('admin@manufacturer');
  });

  it('says that it is the same as before, until something is wanted', async () => {
    const etag = (await read()).headers['etag'] ?? '';
    expect((await read(etag)).status).to.equal(304);
    await want({ interval: 6 });
    const changed = await read(etag);
    expect(changed.status).to.equal(200);
    expect((await read(changed.headers['etag'])).status).to.equal(304);
  });

  it('hands a report on with its token', async () => {
    const text = '{"properties":{"interval":5},"desiredVersion":1}';
    expect((await report(text)).status).to.equal(202);
    const [sent] = gateway.relay.sent;
    expect(sent).to.include({ device: 'press-07', what: 'reported' });
    expect(Buffer.from(sent?.body ?? '').toString()).to.equal(text);
    expect(sent?.token).to.be.a('string');
  });

  it('refuses what is no report, what another body was signed for, and what says not when it was signed', async () => {
    const wrong: Record<string, string> = {
      '[]': 'MESSAGE_MALFORMED',
      '{': 'MESSAGE_MALFORMED',
      '{"properties":{},"other":1}': 'MESSAGE_MALFORMED',
      '{"properties":{"__proto__":1}}': 'MESSAGE_MALFORMED',
      [JSON.stringify({ properties: { a: 'x'.repeat(10_000) } })]: 'MESSAGE_TOO_LARGE',
    };
    for (const [text, code] of Object.entries(wrong)) expect(codeOf(await report(text)), text).to.equal(code);
    const signed = '{"properties":{"a":1}}';
    expect(codeOf(await report('{"properties":{"a":2}}', { signed }))).to.equal('TOKEN_INVALID');
    expect(codeOf(await report(signed, { type: 'application/cose' }))).to.equal('MEDIA_TYPE_UNSUPPORTED');
    expect(gateway.relay.sent).to.deep.equal([]);
  });
});
