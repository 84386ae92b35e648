import type { Server } from 'node:https';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';

import { expect } from 'chai';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { issuerClient } from '../../network/issuing/client.ts';
import type { IssueOrder } from '../../network/issuing/protocol.ts';
import {
  type Authority,
  certificatePem,
  createAuthority,
  issueCertificate,
  type Usage,
} from '../../network/pki/authority.ts';
import { generateKeyPair, privateKeyPem, publicKeyDer } from '../../network/pki/keys.ts';
import { requestFor } from '../../network/pki/testing/requests.ts';
import { issuerServer } from './issuer-server.ts';

interface Identity {
  certificate: string;
  key: string;
}

async function identity(authority: Authority, commonName: string, usage: Usage): Promise<Identity> {
  const keys = generateKeyPair();
  const certificate = await issueCertificate(authority, {
    commonName,
    publicKey: publicKeyDer(keys.publicKey),
    usages: [usage],
    hosts: usage === 'server' ? ['localhost'] : [],
    days: 1,
  });
  return { certificate, key: privateKeyPem(keys.privateKey) };
}

describe('the issuer’s server', () => {
  let platform: Authority;
  let server: Server;
  let port: number;
  let order: IssueOrder;
  const asked: IssueOrder[] = [];
  let outcome: () => Promise<string>;
  let ready = true;
  const logged: unknown[] = [];

  before(async () => {
    platform = await createAuthority('BIoT-DM platform');
    order = { device: 'press-07', request: await requestFor('press-07') };
    server = issuerServer({
      issuer: {
        issue: (received) => {
          asked.push(received);
          return outcome();
        },
      },
      ready: () => ready,
      credentials: {
        authority: certificatePem(platform.certificate),
        ...(await identity(platform, 'guard', 'server')),
      },
      log: {
        warn: (details: unknown) => logged.push(details),
        error: (details: unknown) => logged.push(details),
      },
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    port = (server.address() as AddressInfo).port;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  beforeEach(() => {
    asked.length = 0;
    outcome = () => Promise.resolve('a certificate');
  });

  async function ask(commonName: string, authority = platform, sent: IssueOrder = order): Promise<unknown> {
    const client = issuerClient({
      port,
      authority: certificatePem(platform.certificate),
      ...(await identity(authority, commonName, 'client')),
    });
    return client.issue(sent).catch((error: unknown) => (error instanceof BiotError ? error.code : error));
  }

  async function raw(method: string, path: string, body = ''): Promise<{ status: number; text: string }> {
    const { certificate, key } = await identity(platform, 'gateway', 'client');
    return new Promise((resolve, reject) => {
      const request = httpsRequest(
        {
          host: '127.0.0.1',
          port,
          servername: 'localhost',
          method,
          path,
          ca: certificatePem(platform.certificate),
          cert: certificate,
          key,
          agent: false,
        },
        (response) => {
          let text = '';
          response.on('data', (part: Buffer) => (text += part.toString()));
          response.on('end', () => {
            resolve({ status: response.statusCode ?? 0, text });
          });
        },
      );
      request.on('error', reject);
      request.end(body);
    });
  }

  it('gives the gateway what the issuer issues', async () => {
    expect(await ask('gateway')).to.equal('a certificate');
    expect(asked).to.deep.equal([order]);
  });

  it('answers to no other service, device or stranger', async () => {
    expect(await ask('ingest-1')).to.equal('FORBIDDEN');
    expect(await ask('gateway2')).to.equal('FORBIDDEN');
    expect(await ask('gateway', await createAuthority('BIoT-DM devices'))).to.equal('ISSUER_UNAVAILABLE');
    expect(asked).to.deep.equal([]);
  });

  it('answers to nobody without a certificate', async () => {
    const failed = await new Promise((resolve) => {
      const request = httpsRequest(
        {
          host: '127.0.0.1',
          port,
          servername: 'localhost',
          path: '/readyz',
          ca: certificatePem(platform.certificate),
          agent: false,
        },
        () => {
          resolve('answered');
        },
      );
      request.on('error', (error) => {
        resolve(error);
      });
      request.end();
    });
    expect(failed).to.be.instanceOf(Error);
  });

  it('says why the issuer refuses', async () => {
    for (const code of [
      'KEY_INVALID',
      'DEVICE_UNKNOWN',
      'DEVICE_NOT_ACTIVE',
      'LEDGER_STALE',
      'INVALID_ARGUMENT',
    ] as const) {
      outcome = () => Promise.reject(new BiotError(code, 'because'));
      expect(await ask('gateway')).to.equal(code);
    }
  });

  it('says nothing of what fails inside, but to the log', async () => {
    outcome = () => Promise.reject(new Error('the key file is at /secret'));
    const { status, text } = await raw('POST', '/certificates', JSON.stringify(order));
    expect(status).to.equal(500);
    expect(text).not.to.contain('secret');
    expect(logged.at(-1)).to.have.property('err');
  });

  it('refuses what is no order', async () => {
    for (const body of [
      '',
      '{',
      '{}',
      JSON.stringify({ ...order, days: 9 }),
      JSON.stringify({ ...order, device: 'a/b' }),
    ]) {
      expect((await raw('POST', '/certificates', body)).status, body).to.equal(400);
    }
    expect((await raw('POST', '/certificates', 'x'.repeat(20_000))).status).to.equal(413);
    expect((await raw('GET', '/certificates')).status).to.equal(404);
    expect(asked).to.deep.equal([]);
  });

  it('says whether its copy of the ledger is current', async () => {
    expect((await raw('GET', '/readyz')).status).to.equal(200);
    ready = false;
    expect((await raw('GET', '/readyz')).status).to.equal(503);
  });

  it('is unavailable when nobody listens', async () => {
    const client = issuerClient({
      port: 1,
      authority: certificatePem(platform.certificate),
      ...(await identity(platform, 'gateway', 'client')),
    });
    const error: unknown = await client.issue(order).catch((caught: unknown) => caught);
    expect(error).to.have.property('code', 'ISSUER_UNAVAILABLE');
  });
});
