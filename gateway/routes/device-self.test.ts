import { createHash, randomUUID } from 'node:crypto';

import { encode } from 'cborg';
import { expect } from 'chai';
import { SignJWT } from 'jose';
import request, { type Response } from 'supertest';

import type { DeviceType } from '../../chaincode/protocol/device-type.ts';
import { SENSORS } from '../../chaincode/protocol/sensors.ts';
import { problemSchema } from '../http/problem.ts';
import { dig } from '../testing/answers.ts';
import { newPublicKey, type TestDevice, type TestGateway, testGateway } from '../testing/gateway.ts';

interface TokenOptions {
  body?: Uint8Array;
  audience?: string;
  lifetime?: number;
  issued?: number;
  key?: TestDevice['privateKey'];
}

function codeOf(response: Response): string {
  return problemSchema.parse(response.body).code;
}

describe('device’s own routes', () => {
  let gateway: TestGateway;
  let press: TestDevice;
  beforeEach(async () => {
    gateway = await testGateway();
    press = gateway.addDevice('press-07');
  });

  function tokenOf({ device, privateKey }: TestDevice, options: TokenOptions = {}): Promise<string> {
    const {
      body,
      audience = 'biot-gateway',
      lifetime = 60,
      issued = Math.floor(gateway.now() / 1000),
    } = options;
    const digest =
      body === undefined ? {} : { digest: createHash('sha256').update(body).digest('base64url') };
    return new SignJWT(digest)
      .setProtectedHeader({ alg: 'ES256' })
      .setIssuer(device.id)
      .setSubject(device.id)
      .setAudience(audience)
      .setJti(randomUUID())
      .setIssuedAt(issued)
      .setExpirationTime(issued + lifetime)
      .sign(options.key ?? privateKey);
  }

  const self = (token: string) =>
    request(gateway.app).get('/api/v1/device/self').set('Authorization', `Bearer ${token}`);
  const send = (token: string, body: Uint8Array, type = 'application/json') =>
    request(gateway.app)
      .post('/api/v1/device/telemetry')
      .set('Authorization', `Bearer ${token}`)
      .set('Content-Type', type)
      .serialize((value: unknown) => value as string)
      .send(Buffer.from(body));
  const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
  const good = { seq: 1, ts: 1_700_000_000_000, values: { temperature: 21.5 } };

  it('tells a device what the ledger says about it', async () => {
    const response = await self(await tokenOf(press));
    expect(response.status).to.equal(200);
    expect(response.body).to.deep.equal({ device: press.device });
  });

  it('refuses tokens of others, for others, of no use any more, and used ones', async () => {
    const now = Math.floor(gateway.now() / 1000);
    const tries: [string, TokenOptions, string][] = [
      ['another key', { key: newPublicKey().privateKey }, 'TOKEN_INVALID'],
      ['another audience', { audience: 'biot-api' }, 'TOKEN_INVALID'],
      ['expired', { issued: now - 120 }, 'TOKEN_EXPIRED'],
      ['of the future', { issued: now + 120 }, 'TOKEN_INVALID'],
      ['for an hour', { lifetime: 3_600 }, 'TOKEN_INVALID'],
    ];
    for (const [what, options, code] of tries) {
      const response = await self(await tokenOf(press, options));
      expect(response.status, what).to.equal(401);
      expect(codeOf(response), what).to.equal(code);
    }
    const once = await tokenOf(press);
    expect((await self(once)).status).to.equal(200);
    expect((await self(once)).status).to.equal(401);
  });

  it('refuses devices that the ledger does not have, or has stopped', async () => {
    const ghost = { ...press, device: { ...press.device, id: 'ghost-01' } };
    const unknown = await self(await tokenOf(ghost));
    expect(unknown.status).to.equal(401);
    expect(codeOf(unknown)).to.equal('TOKEN_INVALID');
    const forged = await self(await tokenOf({ ...press, privateKey: newPublicKey().privateKey }));
    for (const field of ['code', 'title', 'detail']) expect(dig(unknown, field)).to.equal(dig(forged, field));
    for (const status of ['registered', 'suspended', 'revoked'] as const) {
      const stopped = gateway.addDevice(`stopped-${status}`, { status });
      const response = await self(await tokenOf(stopped));
      expect(response.status).to.equal(403);
      expect(codeOf(response)).to.equal('DEVICE_NOT_ACTIVE');
    }
  });

  it('refuses all devices when the ledger has been silent too long', async () => {
    gateway.registry.fresh = false;
    const response = await self(await tokenOf(press));
    expect(response.status).to.equal(503);
    expect(codeOf(response)).to.equal('LEDGER_STALE');
  });

  for (const [type, body] of [
    ['application/json', json(good)],
    ['application/cbor', encode(good)],
  ] as const) {
    it(`hands a message in ${type} on, byte for byte, with its token`, async () => {
      const token = await tokenOf(press, { body });
      const response = await send(token, body, type);
      expect(response.status, response.text).to.equal(202);
      expect(response.body).to.deep.equal({ seq: 1, messages: 1, accepted: true });
      const [sent] = gateway.relay.sent;
      expect(sent).to.include({ device: 'press-07', token });
      expect(Buffer.from(sent!.body).equals(Buffer.from(body))).to.equal(true);
    });
  }

  const several = [good, { ...good, seq: 2 }, { ...good, seq: 3 }];
  for (const [type, body] of [
    ['application/json', json(several)],
    ['application/cbor', encode(several)],
  ] as const) {
    it(`hands several messages in ${type} on together, with the one token`, async () => {
      const response = await send(await tokenOf(press, { body }), body, type);
      expect(response.status, response.text).to.equal(202);
      expect(response.body).to.deep.equal({ seq: 3, messages: 3, accepted: true });
      expect(
        gateway.relay.sent.map((sent) => Buffer.from(sent.body).equals(Buffer.from(body))),
      ).to.deep.equal([true]);
    });
  }

  it('hands on none of several when one is wrong, and says which', async () => {
    const body = json([good, { ...good, seq: 2, values: { telepathy: 1 } }]);
    const response = await send(await tokenOf(press, { body }), body);
    expect([response.status, codeOf(response)]).to.deep.equal([422, 'SENSOR_UNKNOWN']);
    expect(problemSchema.parse(response.body).detail).to.match(/^message 1: /);
    expect(gateway.relay.sent).to.deep.equal([]);
  });

  it('hands on nothing that the token does not cover', async () => {
    const other = json({ ...good, values: { temperature: 99 } });
    for (const body of [undefined, json(good)]) {
      const response = await send(await tokenOf(press, body === undefined ? {} : { body }), other);
      expect(response.status).to.equal(401);
      expect(codeOf(response)).to.equal('TOKEN_INVALID');
    }
    expect(gateway.relay.sent).to.deep.equal([]);
  });

  const refused: [string, Uint8Array, number, string][] = [
    ['no message at all', json([]), 400, 'MESSAGE_MALFORMED'],
    ['half a message', Buffer.from('{"seq":1'), 400, 'MESSAGE_MALFORMED'],
    ['an unknown field', json({ ...good, admin: true }), 400, 'MESSAGE_MALFORMED'],
    ['an unknown sensor', json({ ...good, values: { telepathy: 1 } }), 422, 'SENSOR_UNKNOWN'],
    ['a text as a value', json({ ...good, values: { temperature: '21' } }), 422, 'VALUE_INVALID'],
    ['NaN', Buffer.from('{"seq":1,"ts":1,"values":{"temperature":NaN}}'), 400, 'MESSAGE_MALFORMED'],
    ['9 kB', Buffer.from(JSON.stringify(good).padEnd(9_000)), 413, 'MESSAGE_TOO_LARGE'],
    ['1 MB', Buffer.alloc(1_000_000, 0x20), 413, 'BODY_TOO_LARGE'],
  ];
  for (const [what, body, status, code] of refused) {
    it(`refuses ${what}`, async () => {
      const response = await send(await tokenOf(press, { body }), body);
      expect(response.status).to.equal(status);
      expect(codeOf(response)).to.equal(code);
      expect(gateway.relay.sent).to.deep.equal([]);
    });
  }

  it('refuses what the type of the device cannot send, and leaves to the workers what it does not know', async () => {
    const tell = async (): Promise<[number, string]> => {
      const body = json(good);
      const response = await send(await tokenOf(press, { body }), body);
      return [response.status, response.status === 202 ? 'accepted' : codeOf(response)];
    };
    const type = (maximum: number, name: 'temperature' | 'humidity' = 'temperature'): DeviceType => ({
      name: press.device.type,
      description: 'of a test',
      sensors: [{ name, unit: SENSORS[name].unit, minimum: null, maximum, dataType: 'number' }],
      org: 'OperatorMSP',
      version: 1,
      updatedAt: '2026-01-01T00:00:00.000Z',
      by: 'admin@operator',
      transaction: '0'.repeat(64),
    });
    expect(await tell()).to.deep.equal([202, 'accepted']);
    for (const [known, status, code] of [
      [type(21), 422, 'VALUE_INVALID'],
      [type(22), 202, 'accepted'],
      [type(22, 'humidity'), 422, 'SENSOR_UNKNOWN'],
    ] as const) {
      gateway.registry.types.set(known.name, known);
      expect(await tell()).to.deep.equal([status, code]);
    }
    expect(gateway.relay.sent).to.have.length(2);
  });

  it('refuses other kinds of bodies', async () => {
    const body = json(good);
    expect((await send(await tokenOf(press, { body }), body, 'text/plain')).status).to.equal(415);
  });

  it('does not say that it took a message that the broker did not take', async () => {
    gateway.relay.connected = false;
    const body = json(good);
    const response = await send(await tokenOf(press, { body }), body);
    expect(response.status).to.equal(503);
    expect(codeOf(response)).to.equal('BROKER_UNAVAILABLE');
    expect(response.text).to.not.include('ECONNREFUSED');
  });

  it('tells which messages are committed', async () => {
    gateway.store.ranges = [
      { first: 1, last: 50 },
      { first: 60, last: 60 },
    ];
    const ask = async (query: string) =>
      request(gateway.app)
        .get(`/api/v1/device/receipts${query}`)
        .set('Authorization', `Bearer ${await tokenOf(press)}`);
    expect((await ask('')).body).to.deep.equal({
      epoch: 1,
      committed: [
        [1, 50],
        [60, 60],
      ],
      next: null,
    });
    expect(dig(await ask('?from=51'), 'committed')).to.deep.equal([[60, 60]]);
    gateway.store.ranges = Array.from({ length: 1_500 }, (_, index) => ({
      first: 2 * index + 1,
      last: 2 * index + 1,
    }));
    const page = await ask('');
    expect(dig(page, 'committed')).to.have.length(1_000);
    expect(dig(await ask(`?from=${String(dig(page, 'next'))}`), 'committed')).to.have.length(500);
  });
});
