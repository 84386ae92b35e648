import { expect } from 'chai';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificatePem, createAuthority, issueCertificate } from '../pki/authority.ts';
import { generateKeyPair, privateKeyPem, publicKeyDer } from '../pki/keys.ts';
import { allProbes, httpProbe, listeningProbe, socketProbe, tcpProbe } from './probes.ts';

const YES = (): Promise<boolean> => Promise.resolve(true);
const NO = (): Promise<boolean> => Promise.resolve(false);

describe('probes', () => {
  const servers: Server[] = [];

  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  async function serve(server: Server, path?: string): Promise<number> {
    servers.push(server);
    await new Promise<void>((resolve) =>
      path === undefined ? server.listen(0, '127.0.0.1', resolve) : server.listen(path, resolve),
    );
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  it('ask a TCP port', async () => {
    const server = createServer();
    const port = await serve(server);
    expect(await tcpProbe(port)()).to.equal(true);
    expect(await listeningProbe(port)()).to.equal(true);
    await new Promise((resolve) => server.close(resolve));
    expect(await tcpProbe(port)()).to.equal(false);
    expect(await listeningProbe(port)()).to.equal(false);
  });

  it('ask a unix socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'biot-probe-'));
    const path = join(folder, 'socket');
    expect(await socketProbe(path)()).to.equal(false);
    await serve(createServer(), path);
    expect(await socketProbe(path)()).to.equal(true);
    rmSync(folder, { recursive: true });
  });

  it('take only 200 for an answer', async () => {
    const server = createHttpServer((request, response) =>
      response.writeHead(request.url === '/healthz' ? 200 : 503).end(),
    );
    const port = await serve(server);
    expect(await httpProbe(`http://127.0.0.1:${port}/healthz`)()).to.equal(true);
    expect(await httpProbe(`http://127.0.0.1:${port}/readyz`)()).to.equal(false);
  });

  it('trust a server only when its certificate comes from the authority they were given', async () => {
    const authority = await createAuthority('ours');
    const other = await createAuthority('other');
    const keys = generateKeyPair();
    const request = {
      commonName: 'server',
      publicKey: publicKeyDer(keys.publicKey),
      usages: ['server'],
      hosts: ['127.0.0.1'],
      days: 1,
    } as const;
    const cert = await issueCertificate(authority, request);
    const port = await serve(
      createHttpsServer({ cert, key: privateKeyPem(keys.privateKey) }, (_, response) => response.end()),
    );
    expect(await httpProbe(`https://127.0.0.1:${port}/`, certificatePem(authority.certificate))()).to.equal(
      true,
    );
    expect(await httpProbe(`https://127.0.0.1:${port}/`, certificatePem(other.certificate))()).to.equal(
      false,
    );
  });

  it('say yes together only when each does', async () => {
    expect(await allProbes(YES, YES)()).to.equal(true);
    expect(await allProbes(YES, NO)()).to.equal(false);
  });
});
