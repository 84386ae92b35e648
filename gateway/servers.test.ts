import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import { expect } from 'chai';
import express from 'express';

import { drain, httpServer, listen } from './servers.ts';

describe('servers', () => {
  it('say when their port is taken', async () => {
    const first = httpServer(express());
    await listen(first, 0);
    const { port } = first.address() as AddressInfo;
    const taken = await listen(httpServer(express()), port).catch((error: unknown) => error);
    expect(taken).to.include({ code: 'PORT_TAKEN' });
    await drain(first);
  });

  it('finish requests that are under way before they end', async () => {
    const app = express();
    const arrived = Promise.withResolvers<() => void>();
    app.get('/', (_request, response) => {
      arrived.resolve(() => response.send('done'));
    });
    const server = httpServer(app);
    await listen(server, 0);
    const { port } = server.address() as AddressInfo;
    const answer = fetch(`http://127.0.0.1:${port}/`);
    const finish = await arrived.promise;
    const ended = once(server, 'close');
    const draining = drain(server);
    await fetch(`http://127.0.0.1:${port}/`).then(
      () => expect.fail('taken after the end'),
      () => undefined,
    );
    finish();
    expect(await (await answer).text()).to.equal('done');
    await Promise.all([draining, ended]);
  });

  it('keep the connection of a device that sends each minute', async () => {
    const server = httpServer(express());
    await listen(server, 0);
    const { port } = server.address() as AddressInfo;
    const { headers } = await fetch(`http://127.0.0.1:${port}/`);
    expect(headers.get('keep-alive')).to.equal('timeout=65');
    await drain(server);
  });

  it('listen on the loopback interface alone', async () => {
    const server = httpServer(express());
    await listen(server, 0);
    expect(server.address()).to.include({ address: '127.0.0.1' });
    await drain(server);
  });
});
