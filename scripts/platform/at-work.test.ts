import { expect } from 'chai';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHome, type Home } from '../../network/home/home.ts';
import { certificatePem, createAuthority, issueCertificate } from '../../network/pki/authority.ts';
import { generateKeyPair, privateKeyPem, publicKeyDer } from '../../network/pki/keys.ts';
import { awaitWork } from './at-work.ts';

const SOON_MS = 300;
const READY = { status: 200, body: '{"ready":true}' };
const NOT_YET = { status: 503, body: '{"ready":false}' };

type Answer = typeof READY;

describe('waiting for the applications', () => {
  let home: Home;
  let credentials: { cert: string; key: string };
  const servers: Server[] = [];

  before(async () => {
    home = createHome(mkdtempSync(join(tmpdir(), 'biot-at-work-')));
    const authority = await createAuthority('platform');
    const keys = generateKeyPair();
    const cert = await issueCertificate(authority, {
      commonName: 'server',
      publicKey: publicKeyDer(keys.publicKey),
      usages: ['server'],
      hosts: ['127.0.0.1'],
      days: 1,
    });
    credentials = { cert, key: privateKeyPem(keys.privateKey) };
    mkdirSync(home.path('pki', 'platform-ca'), { recursive: true });
    writeFileSync(home.path('pki', 'platform-ca', 'cert.pem'), certificatePem(authority.certificate));
  });

  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  });

  after(() => {
    rmSync(home.root, { recursive: true });
  });

  /** A process that lives, and says of its readiness one thing after the other, the last again and again. */
  async function serve(port: number, ...readiness: Answer[]): Promise<void> {
    const server = createServer(credentials, ({ url }, response) => {
      const next = readiness.length > 1 ? readiness.shift() : readiness[0];
      const { status, body } = url === '/readyz' && next !== undefined ? next : READY;
      response.writeHead(status, { connection: 'close' }).end(body);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  }

  const failure = (): Promise<string> =>
    awaitWork(home, SOON_MS).then(
      () => 'at work',
      (error: unknown) => String(error),
    );

  it('goes on once both have what they need', async () => {
    await serve(home.ports.gateway, NOT_YET, NOT_YET, READY);
    await serve(home.ports.ingestOperations, NOT_YET, READY);
    await awaitWork(home);
  });

  it('names the one that lives and cannot work', async () => {
    await serve(home.ports.gateway, NOT_YET);
    await serve(home.ports.ingestOperations, READY);
    expect(await failure()).to.contain('gateway runs, but');
  });

  it('does not wait for people who have to look at ingest', async () => {
    await serve(home.ports.gateway, READY);
    await serve(home.ports.ingestOperations, { status: 503, body: '{"reasons":{"anchoring":"it differs"}}' });
    expect(await failure()).to.equal('at work');
  });
});
