import { expect } from 'chai';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { certificatePem, createAuthority } from '../../network/pki/authority.ts';
import type { Post } from '../../network/signing/json-gateway.ts';
import { type StandInGateway, standInGateway } from '../../test/harness/stand-in-gateway.ts';
import { httpsPost } from './https-post.ts';

describe('what the command line posts to a gateway', () => {
  let gateway: StandInGateway;
  let post: Post;
  let answer: { status: number; text: string };
  const received: unknown[] = [];

  before(async () => {
    gateway = await standInGateway((path, body) => {
      received.push([path, body]);
      return Promise.resolve(answer);
    });
    post = httpsPost(new URL(gateway.url), gateway.authority);
  });
  after(() => {
    gateway.close();
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
    const stranger = httpsPost(new URL(gateway.url), certificatePem(certificate));
    expect(await failure(stranger('/x', {}))).to.include('PROCESS_FAILED');
  });

  it('takes no endless answer', async () => {
    answer = { status: 200, text: `"${'x'.repeat(5 * 1024 * 1024)}"` };
    expect(await failure(post('/x', {}))).to.include('PROCESS_FAILED');
  });
});
