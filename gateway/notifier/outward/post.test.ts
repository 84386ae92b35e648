import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';

import { expect } from 'chai';

import { networks } from './addresses.ts';
import { NotNow, outwardPost, type Post } from './post.ts';
import { NotSent, type Reach } from './reach.ts';

const OWN = networks(['127.0.0.0/8']);

describe('posting to strangers', () => {
  let server: Server;
  let asked: { path: string; host: string | undefined; body: string }[];
  let answer: RequestListener;

  before((done) => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (part: Buffer) => (body += part.toString()));
      request.on('end', () => {
        asked.push({ path: request.url ?? '', host: request.headers.host, body });
        answer(request, response);
      });
    }).listen(0, '127.0.0.1', done);
  });

  beforeEach(() => {
    asked = [];
    answer = (_request, response) => response.writeHead(204).end();
  });

  after(() => {
    server.close();
    server.closeAllConnections();
  });

  const port = (): number => (server.address() as AddressInfo).port;
  const posting = (url: string) => ({ url, headers: {}, body: 'news' });

  function post(options: Partial<Reach> = {}): Post {
    return outwardPost({
      ...{ allowed: OWN, plain: true, withinMs: 30_000, resolve: () => Promise.resolve(['127.0.0.1']) },
      ...options,
    });
  }

  async function failure(promise: Promise<number>): Promise<string> {
    return promise.then(
      (status) => `answered ${status}`,
      (error: unknown) => (error instanceof NotSent ? error.message : String(error)),
    );
  }

  it('sends to the address that was checked, under the name that was given', async () => {
    let resolved = 0;
    const resolve = (): Promise<string[]> => {
      resolved += 1;
      // A name that stands for another address the second time.
      return Promise.resolve([resolved === 1 ? '127.0.0.1' : '10.0.0.1']);
    };
    const url = `http://hook.test:${port()}/a?b=c`;
    expect(await post({ resolve })(posting(url))).to.equal(204);
    expect([asked, resolved]).to.deep.equal([
      [{ path: '/a?b=c', host: `hook.test:${port()}`, body: 'news' }],
      1,
    ]);
  });

  it('refuses inner addresses, however they are written, and connects to none', async () => {
    const allowed = networks([]);
    for (const host of [
      '127.0.0.1',
      '0x7f.1',
      '2130706433',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '169.254.169.254',
    ])
      expect(await failure(post({ allowed })(posting(`http://${host}:${port()}/`))), host).to.match(
        /inner address/,
      );
    const mixed = (): Promise<string[]> => Promise.resolve(['8.8.8.8', '127.0.0.1']);
    expect(await failure(post({ allowed, resolve: mixed })(posting('http://hook.test/')))).to.match(
      /inner address/,
    );
    expect(asked).to.deep.equal([]);
  });

  it('takes a redirect for an answer', async () => {
    answer = (_request, response) => response.writeHead(307, { location: '/inner' }).end();
    expect(await post()(posting(`http://hook.test:${port()}/`))).to.equal(307);
    expect(asked).to.have.length(1);
  });

  it('says when to come again where a busy endpoint says so, as it stands there', async () => {
    const retryAfter = async (
      status: number,
      headers: Record<string, string>,
    ): Promise<string | undefined> => {
      answer = (_request, response) => response.writeHead(status, headers).end();
      return post()(posting(`http://hook.test:${port()}/`)).then(
        (answered) => `answered ${answered}`,
        (error: unknown) => (error instanceof NotNow ? `${error.message}: ${error.retryAfter}` : undefined),
      );
    };
    expect(await retryAfter(429, { 'retry-after': '99999999999' })).to.equal('answered 429: 99999999999');
    expect(await retryAfter(503, { 'retry-after': 'soon' })).to.equal('answered 503: soon');
    expect(await retryAfter(503, {})).to.equal('answered 503');
    expect(await retryAfter(200, { 'retry-after': '5' })).to.equal('answered 200');
  });

  it('gives up on who never answers, and on names that nobody resolves', async () => {
    answer = () => undefined;
    expect(await failure(post({ withinMs: 50 })(posting(`http://hook.test:${port()}/`)))).to.equal(
      'no answer in time',
    );
    const silent = (): Promise<never> => new Promise(() => undefined);
    expect(await failure(post({ withinMs: 50, resolve: silent })(posting('http://hook.test/')))).to.equal(
      'no answer in time',
    );
    const unknown = (): Promise<never> => Promise.reject(new Error('ENOTFOUND'));
    expect(await failure(post({ resolve: unknown })(posting('http://hook.test/')))).to.match(/no address/);
  });

  /** Posts to a server that does so with each connection that asked it something. */
  async function postTo(
    behaviour: (socket: Socket) => unknown,
    options: Partial<Reach> = {},
  ): Promise<string> {
    const sockets: Socket[] = [];
    const raw = createTcpServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      socket.once('data', () => {
        behaviour(socket);
      });
    });
    await new Promise<void>((resolve) => {
      raw.listen(0, '127.0.0.1', resolve);
    });
    const url = `http://hook.test:${(raw.address() as AddressInfo).port}/`;
    try {
      return await failure(post(options)(posting(url)));
    } finally {
      raw.close();
      for (const socket of sockets) socket.destroy();
    }
  }

  it('takes another protocol for an answer, and goes over to none', async () => {
    for (const protocol of ['websocket', 'h2c']) {
      const head = `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`;
      expect(await postTo((socket) => socket.write(head))).to.equal('answered 101');
    }
  });

  it('gives up on who closes without a word, or talks without coming to an answer', async () => {
    expect(await postTo((socket) => socket.end())).to.match(/^no (connection|answer)/);
    expect(await postTo((socket) => socket.resetAndDestroy())).to.match(/^no (connection|answer)/);
    const early = (socket: Socket): unknown => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n');
    expect(await postTo(early, { withinMs: 50 })).to.equal('no answer in time');
    const begun = (socket: Socket): unknown => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx');
    expect(await postTo(begun, { withinMs: 50 })).to.equal('no answer in time');
  });

  it('ends an answer without end', async () => {
    answer = (_request, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    };
    expect(await post()(posting(`http://hook.test:${port()}/`))).to.equal(200);
  });

  it('wants TLS unless told otherwise, and says when nobody listens', async () => {
    const url = `http://hook.test:${port()}/`;
    expect(await failure(post({ plain: false })(posting(url)))).to.match(/https/);
    expect(await failure(post()(posting(url.replace('http:', 'https:'))))).to.match(/no connection/);
    expect(asked).to.deep.equal([]);
  });
});
