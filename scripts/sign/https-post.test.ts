import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

import { expect } from 'chai';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { certificatePem, createAuthority, issueCertificate } from '../../network/pki/authority.ts';
import { generateKeyPair, privateKeyPem, publicKeyDer } from '../../network/pki/keys.ts';
import type { Post } from '../../signing/json-gateway.ts';
import { httpsPost } from './https-post.ts';

describe('what the command line posts to a gateway', () => {
  let server: Server;
  let post: Post;
  let origin: URL;
  let answer: { status: number; text: string };
  const received: unknown[] = [];

  before(async () => {
    const authority = await createAuthority('a platform');
    const { privateKey, publicKey } = generateKeyPair();
    const cert = await issueCertificate(authority, {
      commonName: 'gateway',
      publicKey: publicKeyDer(publicKey),
      usages: ['server'],
      hosts: ['127.0.0.1'],
      days: 1,
    });
    server = createServer({ cert, key: privateKeyPem(privateKey) }, (request, response) => {
      void json(request).then((body) => {
        received.push([request.url, body]);
        response.writeHead(answer.status).end(answer.text);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);
    post = httpsPost(origin, certificatePem(authority.certificate));
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  const failure = (posted: Promise<unknown>): Promise<unknown> =>
    posted.then(
      () => undefined,
      (error: unknown) => (error instanceof BiotError ? [error.code, error.message] : error),
    );

  it('is JSON, and so is what comes back', async () => {
    answer = { status: 200, text: '{"proposal":"aa"}' };
    expect(await post('/api/v1/signing/proposals', { method: 'Get' })).to.deep.equal({ proposal: 'aa' });
    expect(received).to.deep.equal([['/api/v1/signing/proposals', { method: 'Get' }]]);
  });

  it('fails with the code of a problem document, and in words where there is none', async () => {
    answer = { status: 403, text: '{"code":"FORBIDDEN","detail":"not you"}' };
    expect(await failure(post('/x', {}))).to.deep.equal(['FORBIDDEN', 'not you']);
    answer = { status: 502, text: '<html>' };
    expect(await failure(post('/x', {}))).to.include('INTERNAL');
  });

  it('goes to no gateway of another authority', async () => {
    const { certificate } = await createAuthority('another');
    const stranger = httpsPost(origin, certificatePem(certificate));
    expect(await failure(stranger('/x', {}))).to.include('PROCESS_FAILED');
  });

  it('takes no endless answer', async () => {
    answer = { status: 200, text: `"${'x'.repeat(5 * 1024 * 1024)}"` };
    expect(await failure(post('/x', {}))).to.include('PROCESS_FAILED');
  });
});
