import { expect } from 'chai';

import { addressOf, ApiClient, path, type TokenSource } from './client.ts';
import { ApiProblem } from './problem.ts';

interface Sent {
  address: string;
  token: string | null;
  method: string | undefined;
  body: unknown;
}

function stand(answers: (() => Response)[], tokens: TokenSource) {
  const sent: Sent[] = [];
  const client = new ApiClient({
    tokens,
    sendWithProgress: (address, { method, headers, body, onProgress }) => {
      sent.push({ address, token: headers.get('authorization'), method, body });
      onProgress(body.size);
      const answer = answers.shift();
      return answer === undefined ? Promise.reject(new TypeError('no answer')) : Promise.resolve(answer());
    },
    fetch: (address, init) => {
      sent.push({
        address: address as string,
        token: new Headers(init?.headers).get('authorization'),
        method: init?.method,
        body: init?.body,
      });
      const answer = answers.shift();
      return answer === undefined ? Promise.reject(new TypeError('fetch failed')) : Promise.resolve(answer());
    },
  });
  return { client, sent };
}

function json(status: number, body: unknown): () => Response {
  return () => new Response(JSON.stringify(body), { status });
}

const steady: TokenSource = { token: 'first', renew: () => Promise.resolve('second') };

async function problemOf(promise: Promise<unknown>): Promise<ApiProblem> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ApiProblem) return error;
  }
  throw new Error('expected an ApiProblem');
}

describe('addresses', () => {
  it('encodes every value of a path, so that an id stays one segment', () => {
    expect(path`/devices/${'../auth'}/history`).to.equal('/devices/..%2Fauth/history');
  });

  it('leaves out what is not asked for', () => {
    expect(addressOf('/devices', { search: '', status: undefined, limit: 5, cursor: 'a b' })).to.equal(
      '/api/v1/devices?limit=5&cursor=a+b',
    );
    expect(addressOf('/logs')).to.equal('/api/v1/logs');
  });
});

describe('API client', () => {
  it('sends the token and gives the answer', async () => {
    const { client, sent } = stand([json(200, { logs: [] })], steady);
    expect(await client.call('/logs')).to.deep.equal({ logs: [] });
    expect(sent[0]).to.include({ address: '/api/v1/logs', token: 'Bearer first', method: 'GET' });
  });

  it('sends a body as JSON', async () => {
    const { client, sent } = stand([json(200, {})], steady);
    await client.call('/devices/a/suspend', { method: 'POST', body: { reason: 'why' } });
    expect(sent[0]).to.include({ method: 'POST', body: '{"reason":"why"}' });
  });

  it('renews a refused token once and asks again', async () => {
    const { client, sent } = stand([json(401, { code: 'TOKEN_EXPIRED' }), json(200, { ok: true })], steady);
    expect(await client.call('/overview')).to.deep.equal({ ok: true });
    expect(sent.map(({ token }) => token)).to.deep.equal(['Bearer first', 'Bearer second']);
  });

  it('does not ask for ever when the new token is refused too', async () => {
    const { client, sent } = stand([json(401, {}), json(401, { code: 'TOKEN_INVALID' })], steady);
    expect((await problemOf(client.call('/overview'))).code).to.equal('TOKEN_INVALID');
    expect(sent).to.have.length(2);
  });

  it('reports the refusal when the session is over', async () => {
    const over: TokenSource = { token: 'first', renew: () => Promise.resolve(undefined) };
    const { client, sent } = stand([json(401, { code: 'TOKEN_EXPIRED' })], over);
    expect((await problemOf(client.call('/overview'))).code).to.equal('TOKEN_EXPIRED');
    expect(sent).to.have.length(1);
  });

  it('gives nothing for an empty answer', async () => {
    const { client } = stand([() => new Response(null, { status: 204 })], steady);
    expect(await client.call('/auth/sign-out', { method: 'POST' })).to.equal(undefined);
  });

  it('sends a file as it is, tells how far it is, and renews a refused token for it, too', async () => {
    const answers = [json(401, { code: 'TOKEN_EXPIRED' }), () => new Response(null, { status: 204 })];
    const { client, sent } = stand(answers, steady);
    const told: number[] = [];
    const bytes = new Blob(['an image']);
    await client.call('/firmware/images/a', {
      method: 'PUT',
      content: { type: 'application/octet-stream', bytes, onProgress: (count) => told.push(count) },
    });
    expect(told).to.deep.equal([8, 8]);
    expect(sent.map(({ token }) => token)).to.deep.equal(['Bearer first', 'Bearer second']);
    expect(sent[1]).to.include({ address: '/api/v1/firmware/images/a', method: 'PUT', body: bytes });
  });

  it('tells an outage from a refusal', async () => {
    const { client } = stand([], steady);
    expect((await problemOf(client.call('/overview'))).code).to.equal('UNREACHABLE');
  });

  it('lets an aborted request be what it is', async () => {
    const { client } = stand([], steady);
    const controller = new AbortController();
    controller.abort();
    const failure = await client
      .call('/overview', { signal: controller.signal })
      .catch((error: unknown) => error);
    expect(failure).not.to.be.instanceOf(ApiProblem);
  });
});
