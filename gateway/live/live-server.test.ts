import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';

import { expect } from 'chai';

import { type TestGateway, testGateway } from '../testing/gateway.ts';
import { FakeSource, LiveClient } from '../testing/live.ts';
import { CLOSE, LIVE_PATH } from './frames.ts';
import { LiveHub } from './live-hub.ts';
import { LiveServer } from './live-server.ts';

describe('live values', () => {
  let gateway: TestGateway;
  let server: Server;
  let live: LiveServer;
  let hub: LiveHub;
  let source: FakeSource;
  let url: string;
  let token: string;

  async function start(
    options: { signInMs?: number; connections?: number; pingMs?: number } = {},
  ): Promise<void> {
    const { signInMs, ...rest } = options;
    gateway = await testGateway();
    const { tokens, sessions, clock, policy, fleet } = gateway.parts;
    for (const id of ['a', 'b', 'c', 'x', 'anything', 'press-07', 'press-08']) gateway.addDevice(id);
    source = new FakeSource();
    hub = new LiveHub({
      source,
      tokens,
      sessions,
      clock,
      policy,
      fleet,
      ...(signInMs === undefined ? {} : { signInMs }),
    });
    live = new LiveServer({ hub, ...rest });
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    live.attach(server, { loopbackOnly: true });
    const { port } = server.address() as AddressInfo;
    url = `ws://127.0.0.1:${port}${LIVE_PATH}`;
    token = await gateway.signIn(gateway.people.operator);
  }

  afterEach(async () => {
    live.close();
    server.close();
    await once(server, 'close');
  });

  async function watching(devices: unknown, own = token, more: object = {}): Promise<LiveClient> {
    const client = new LiveClient(url);
    await once(client.socket, 'open');
    client.send({ type: 'sign-in', token: own });
    client.send({ type: 'watch', devices, ...more });
    await client.got(1);
    // A frame is dealt with after the one before it: once this one is refused, the watch has been seen to.
    return client;
  }

  /** Resolves when the clients' watches are seen to: a ping is answered after what was sent before. */
  async function settled(...clients: LiveClient[]): Promise<void> {
    await Promise.all(
      clients.map(async ({ socket }) => {
        socket.ping();
        await once(socket, 'pong');
      }),
    );
  }

  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise((resolve) => setImmediate(resolve));
  }

  it('sends the readings of watched devices and of no others', async () => {
    await start();
    const client = await watching(['press-07']);
    await until(() => source.watched.includes('press-07'));
    source.reading('press-08', 1);
    source.reading('press-07', 2);
    const [signedIn, reading] = await client.got(2);
    expect(signedIn).to.include({ type: 'signed-in' });
    expect(reading).to.deep.equal({
      type: 'reading',
      device: 'press-07',
      tenant: 'acme',
      seq: 2,
      ts: 1_700_000_000_000,
      values: { temperature: 21.5 },
    });
  });

  it('sends all readings to who watches all, and asks the broker for no more than is watched', async () => {
    await start();
    const one = await watching(['b', 'a']);
    await until(() => source.watched.length === 2);
    expect(source.watched).to.deep.equal(['a', 'b']);
    const all = await watching('*');
    await until(() => source.watched === '*');
    source.reading('anything', 1);
    expect(await all.got(2)).to.have.length(2);
    all.socket.close();
    await until(() => source.watched !== '*');
    expect(source.watched).to.deep.equal(['a', 'b']);
    one.send({ type: 'watch', devices: ['c'] });
    await until(() => source.watched.includes('c'));
    expect(source.watched).to.deep.equal(['c']);
  });

  it('tells of anchors', async () => {
    await start();
    const client = await watching([]);
    source.publish('biot/anchored/ingest-1@operator', {
      logId: 'ingest-1@operator',
      from: 3,
      to: 5,
      transaction: 't',
      block: 9,
    });
    expect((await client.got(2))[1]).to.deep.equal({
      type: 'anchored',
      logId: 'ingest-1@operator',
      from: 3,
      sequence: 5,
      transaction: 't',
      block: 9,
    });
  });

  it('tells of commands those who asked for it, each of their own tenants', async () => {
    await start();
    const news = { id: '018f2f6e-3a71-7c1e-9c9c-3f0c2a8c1d55', device: 'press-07', state: 'sent', at: 5 };
    const quiet = await watching([]);
    const acme = await watching([], await gateway.signInFor('acme', 'operator'), { commands: true });
    const other = await watching([], await gateway.signInFor('other', 'operator'), { commands: true });
    const all = await watching([], token, { commands: true });
    await settled(acme, other, all);
    source.publish('biot/commands/acme', news);
    source.publish('biot/commands/other', { ...news, device: null });
    source.publish('biot/commands/acme', { ...news, state: 'lost' });
    const frame = { type: 'command', tenant: 'acme', ...news };
    const ofOther = { type: 'command', tenant: 'other', ...news, device: null };
    source.publish('biot/commands/acme', { ...news, at: 6 });
    expect((await acme.got(3)).slice(1)).to.deep.equal([frame, { ...frame, at: 6 }]);
    expect((await other.got(2)).slice(1)).to.deep.equal([ofOther]);
    expect((await all.got(4)).slice(1)).to.deep.equal([frame, ofOther, { ...frame, at: 6 }]);
    expect(quiet.frames).to.have.length(1);
  });

  it('leaves out what is no reading', async () => {
    await start();
    const client = await watching('*');
    await until(() => source.watched === '*');
    for (const nonsense of ['{', '[]', 'null', '{"device":"x"}'])
      source.publish('biot/live/acme/x', nonsense);
    source.reading('x', 7);
    expect((await client.got(2))[1]).to.include({ type: 'reading', seq: 7 });
  });

  it('says nothing to who has not signed in, and closes after a while', async () => {
    await start({ signInMs: 30 });
    const client = new LiveClient(url);
    await once(client.socket, 'open');
    source.reading('press-07', 1);
    expect(await client.closed).to.equal(CLOSE.signInTimeout);
    expect(client.frames).to.deep.equal([
      { type: 'problem', code: 'UNAUTHENTICATED', detail: 'no sign-in in time' },
    ]);
    await until(() => hub.size === 0);
  });

  const refused: [string, (good: string) => unknown, number, string][] = [
    [
      'a watch before the sign-in',
      () => ({ type: 'watch', devices: '*' }),
      CLOSE.unauthenticated,
      'UNAUTHENTICATED',
    ],
    [
      'a forged token',
      (good) => ({ type: 'sign-in', token: `${good.slice(0, -8)}AAAAAAAA` }),
      CLOSE.unauthenticated,
      'TOKEN_INVALID',
    ],
    ['no JSON', () => 'hello', CLOSE.malformed, 'INVALID_ARGUMENT'],
    ['an unknown frame', () => ({ type: 'shout' }), CLOSE.malformed, 'INVALID_ARGUMENT'],
    [
      'an unknown field',
      (good) => ({ type: 'sign-in', token: good, admin: true }),
      CLOSE.malformed,
      'INVALID_ARGUMENT',
    ],
    [
      'too many devices',
      () => ({ type: 'watch', devices: Array.from({ length: 201 }, () => 'a') }),
      CLOSE.malformed,
      'INVALID_ARGUMENT',
    ],
    [
      'a device with a wildcard',
      () => ({ type: 'watch', devices: ['#'] }),
      CLOSE.malformed,
      'INVALID_ARGUMENT',
    ],
  ];
  for (const [what, frame, close, code] of refused) {
    it(`closes on ${what}`, async () => {
      await start();
      const client = new LiveClient(url);
      await once(client.socket, 'open');
      client.send(frame(token));
      expect(await client.closed).to.equal(close);
      expect(client.frames.at(-1)).to.include({ type: 'problem', code });
    });
  }

  it('closes on frames beyond 16 kB', async () => {
    await start();
    const client = new LiveClient(url);
    await once(client.socket, 'open');
    client.send(' '.repeat(17 * 1024));
    expect(await client.closed).to.equal(1009);
  });

  it('closes on a flood of frames', async () => {
    await start();
    const client = new LiveClient(url);
    await once(client.socket, 'open');
    for (let count = 0; count < 100; count += 1) client.send({ type: 'sign-in', token });
    expect(await client.closed).to.equal(CLOSE.tooMany);
  });

  it('closes when the session ends', async () => {
    await start();
    const client = await watching('*');
    gateway.parts.sessions.endAll();
    expect(await client.closed).to.equal(CLOSE.unauthenticated);
    expect(client.frames.at(-1)).to.include({ type: 'problem', code: 'TOKEN_EXPIRED' });
  });

  it('closes when the token expires, unless it was renewed', async () => {
    await start();
    const { sessionId } = await gateway.parts.tokens.verify(token);
    // Tokens of any length: `1000` is good for a second from when it is looked at, and renewed long before.
    hub = new LiveHub({
      source,
      tokens: { verify: (text) => Promise.resolve({ sessionId, expiresAt: gateway.now() + Number(text) }) },
      sessions: gateway.parts.sessions,
      clock: gateway.parts.clock,
      policy: gateway.parts.policy,
      fleet: gateway.parts.fleet,
    });
    const other = new LiveServer({ hub });
    const second = createServer().listen(0, '127.0.0.1');
    await once(second, 'listening');
    other.attach(second, { loopbackOnly: true });
    const { port } = second.address() as AddressInfo;
    const [idle, renewing] = ['1000', '50000'].map((lifetime) => {
      const client = new LiveClient(`ws://127.0.0.1:${port}${LIVE_PATH}`);
      client.socket.on('open', () => {
        client.send({ type: 'sign-in', token: '1000' });
        if (lifetime !== '1000') client.send({ type: 'sign-in', token: lifetime });
        client.send({ type: 'watch', devices: '*' });
      });
      return client;
    });
    await renewing!.got(2);
    expect(await idle!.closed).to.equal(CLOSE.unauthenticated);
    expect(idle!.frames.at(-1)).to.include({ type: 'problem', code: 'TOKEN_EXPIRED' });
    source.reading('x', 1);
    expect((await renewing!.got(3))[2]).to.include({ type: 'reading' });
    other.close();
    second.close();
    await once(second, 'close');
  });

  it('refuses pages of other origins, other hosts and other paths', async () => {
    await start();
    const status = async (client: LiveClient): Promise<number | undefined> => {
      const [, response] = (await once(client.socket, 'unexpected-response')) as [
        unknown,
        { statusCode?: number },
      ];
      client.socket.terminate();
      return response.statusCode;
    };
    expect(await status(new LiveClient(url, { Origin: 'https://evil.example' }))).to.equal(403);
    expect(
      await status(new LiveClient(url, { Host: 'evil.example', Origin: 'http://evil.example' })),
    ).to.equal(403);
    expect(await status(new LiveClient(url.replace('live', 'dead')))).to.equal(404);
    const own = new LiveClient(url, { Origin: new URL(url).origin.replace('ws:', 'http:') });
    await once(own.socket, 'open');
  });

  it('takes no more connections than it should', async () => {
    await start({ connections: 1 });
    await watching('*');
    const second = new LiveClient(url);
    const [, response] = (await once(second.socket, 'unexpected-response')) as [
      unknown,
      { statusCode?: number },
    ];
    expect(response.statusCode).to.equal(503);
    second.socket.terminate();
  });

  it('drops clients that do not answer pings', async () => {
    await start({ pingMs: 20 });
    const dead = new LiveClient(url);
    await once(dead.socket, 'open');
    dead.socket.pong = () => undefined;
    expect(await dead.closed).to.equal(1006);
  });

  it('says good-bye when the gateway stops', async () => {
    await start();
    const client = await watching('*');
    live.close();
    expect(await client.closed).to.equal(CLOSE.goingAway);
  });
});
