import type { KeyObject } from 'node:crypto';
import type { Server } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

import { expect } from 'chai';

import { signPayload } from '../ingest/device/signed-payload.ts';
import {
  type Authority,
  certificatePem,
  createAuthority,
  issueCertificate,
} from '../network/pki/authority.ts';
import { issueDeviceCertificate } from '../network/pki/devices.ts';
import { generateKeyPair, privateKeyPem, publicKeyDer, publicKeyPem } from '../network/pki/keys.ts';
import { dig } from './testing/answers.ts';
import { drain, httpsServer, listen } from './servers.ts';
import { type TestGateway, testGateway, type TestGatewayOptions } from './testing/gateway.ts';

interface Shown {
  readonly key: string;
  readonly cert: string;
}

describe('a device’s certificate at the gateway', () => {
  let devices: Authority;
  let platform: Authority;
  let gateway: TestGateway;
  let server: Server;
  const keys = generateKeyPair();

  before(async () => {
    [devices, platform] = await Promise.all([createAuthority('devices'), createAuthority('platform')]);
  });
  beforeEach(() => begin());
  afterEach(() => drain(server));

  async function begin(options: TestGatewayOptions = {}): Promise<void> {
    gateway = await testGateway(options);
    gateway.addDevice('press-07', { publicKey: publicKeyPem(keys.publicKey) });
    const own = generateKeyPair();
    const certificate = await issueCertificate(platform, {
      commonName: 'gateway',
      publicKey: publicKeyDer(own.publicKey),
      usages: ['server'],
      hosts: ['127.0.0.1'],
      days: 1,
    });
    const clients = certificatePem(devices.certificate);
    server = httpsServer(gateway.app, { key: privateKeyPem(own.privateKey), certificate, clients });
    await listen(server, 0);
  }

  async function certified(
    { publicKey, privateKey } = keys,
    { by = devices, name = 'press-07' } = {},
  ): Promise<Shown> {
    const cert = await issueDeviceCertificate(by, name, publicKey);
    return { key: privateKeyPem(privateKey), cert };
  }

  async function ask(
    shown: Shown | undefined,
    path: string,
    { body, type = 'application/cose' }: { body?: Uint8Array; type?: string } = {},
  ): Promise<{ status: number | undefined; body: unknown }> {
    const { promise, resolve, reject } = Promise.withResolvers<{
      status: number | undefined;
      body: unknown;
    }>();
    const request = httpsRequest(
      {
        ...{ host: '127.0.0.1', port: (server.address() as AddressInfo).port, path: `/api/v1/device${path}` },
        ...{ ca: certificatePem(platform.certificate), agent: false, ...shown },
        method: body === undefined ? 'GET' : 'POST',
        headers: body === undefined ? {} : { 'Content-Type': type },
      },
      (response) => {
        json(response).then((content) => {
          resolve({ status: response.statusCode, body: content });
        }, reject);
      },
    );
    request.on('error', reject);
    request.end(body);
    return promise;
  }

  async function outcome(shown?: Shown): Promise<[number | undefined, unknown]> {
    const answer = await ask(shown, '/self');
    return [answer.status, dig(answer, 'code') ?? dig(answer, 'device', 'id')];
  }

  it('is who it is, without a token', async () => {
    expect(await outcome(await certified())).to.deep.equal([200, 'press-07']);
  });

  it('is needed as little as before by those who send a token', async () => {
    expect(await outcome()).to.deep.equal([401, 'UNAUTHENTICATED']);
  });

  it('counts if the devices’ authority made it, and the ledger has its name and key', async () => {
    const stranger = await createAuthority('devices');
    for (const [what, shown] of Object.entries({
      'of an authority with the same name': await certified(keys, { by: stranger }),
      'of a key that is another device’s, or nobody’s': await certified(generateKeyPair()),
      'of a device that is not there': await certified(keys, { name: 'press-08' }),
    }))
      expect(await outcome(shown), what).to.deep.equal([401, 'UNAUTHENTICATED']);
  });

  it('ends with the device and with its key, also the former one’s when the overlap is over', async () => {
    const [former, shown] = [keys, await certified()];
    const device = gateway.registry.device('press-07')!;
    const next = generateKeyPair();
    const rotated = (until: number) => ({
      ...device,
      publicKey: publicKeyPem(next.publicKey),
      previousKey: {
        publicKey: publicKeyPem(former.publicKey),
        keyFingerprint: device.keyFingerprint,
        until: new Date(until).toISOString(),
      },
    });
    gateway.registry.put([rotated(gateway.now() + 60_000)]);
    expect(await outcome(shown)).to.deep.equal([200, 'press-07']);
    expect(await outcome(await certified(next))).to.deep.equal([200, 'press-07']);
    gateway.registry.put([rotated(gateway.now() - 1)]);
    expect(await outcome(shown)).to.deep.equal([401, 'UNAUTHENTICATED']);
    for (const status of ['suspended', 'revoked'] as const) {
      gateway.registry.put([{ ...device, status }]);
      expect(await outcome(shown)).to.deep.equal([403, 'DEVICE_NOT_ACTIVE']);
    }
    gateway.registry.fresh = false;
    expect(await outcome(shown)).to.deep.equal([503, 'LEDGER_STALE']);
  });

  describe('and what it sends', () => {
    const message = Buffer.from('{"seq":1,"ts":1700000000000,"values":{"temperature":21.5}}');
    const signed = (key: KeyObject = keys.privateKey, device = 'press-07'): Uint8Array =>
      signPayload({ device, privateKey: privateKeyPem(key) }, 'telemetry', message);

    it('is handed on as the device signed it', async () => {
      const body = signed();
      expect((await ask(await certified(), '/telemetry', { body })).status).to.equal(202);
      const [sent] = gateway.relay.sent;
      expect(sent?.token).to.equal(undefined);
      expect(Buffer.from(sent?.body ?? '').equals(body)).to.equal(true);
    });

    it('needs no signature, and the gateway says that it vouches for it', async () => {
      const shown = await certified();
      expect((await ask(shown, '/telemetry', { body: message, type: 'application/json' })).status).to.equal(
        202,
      );
      expect(gateway.relay.sent).to.have.length(1);
      expect(gateway.relay.sent[0]).to.include({ vouched: true, token: undefined });
    });

    it('is refused with a signature that is not the device’s', async () => {
      const shown = await certified();
      for (const body of [signed(generateKeyPair().privateKey), signed(keys.privateKey, 'press-08')])
        expect(dig(await ask(shown, '/telemetry', { body }), 'code')).to.equal('TOKEN_INVALID');
      expect(dig(await ask(shown, '/telemetry', { body: message }), 'code')).to.equal('MESSAGE_MALFORMED');
      expect(gateway.relay.sent).to.deep.equal([]);
    });

    it('is refused unsigned where a certificate alone does not suffice', async () => {
      await drain(server);
      await begin({ certificateSuffices: false });
      const shown = await certified();
      const unsigned = await ask(shown, '/telemetry', { body: message, type: 'application/json' });
      expect(dig(unsigned, 'code')).to.equal('TOKEN_INVALID');
      expect((await ask(shown, '/telemetry', { body: signed() })).status).to.equal(202);
      expect(gateway.relay.sent.map(({ vouched }) => vouched)).to.deep.equal([undefined]);
    });
  });
});
