import { once } from 'node:events';
import { type ClientRequest, createServer, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect } from 'chai';

import { waitUntil } from '../../network/processes/wait-until.ts';
import { type TestGateway, testGateway } from '../testing/gateway.ts';
import { LargeBodies } from './large-bodies.ts';

describe('large bodies', () => {
  it('are one of each caller, and four of all', () => {
    const bodies = new LargeBodies();
    const [release] = ['a', 'b', 'c', 'd'].map((caller) => bodies.admit(caller));
    expect(() => bodies.admit('a')).to.throw('a file of yours is being worked on already');
    expect(() => bodies.admit('e')).to.throw('others send files just now');
    release?.();
    bodies.admit('e');
  });

  it('keep their place until what is done with them is over, however it ends', async () => {
    for (const end of ['resolve', 'reject'] as const) {
      const bodies = new LargeBodies();
      const release = bodies.admit('a');
      const work = Promise.withResolvers<undefined>();
      bodies.keep('a', work.promise);
      release();
      expect(() => bodies.admit('a'), end).to.throw('a file of yours');
      work[end](undefined);
      await work.promise.catch(() => undefined);
      bodies.admit('a');
    }
  });

  describe('on their way', () => {
    let gateway: TestGateway;
    let server: Server;
    let token: string;
    beforeEach(async () => {
      gateway = await testGateway();
      token = await gateway.signIn(gateway.people.adminOperator);
      server = createServer(gateway.app).listen(0, '127.0.0.1');
      await once(server, 'listening');
    });
    afterEach(() => {
      server.closeAllConnections();
      server.close();
    });

    /** Says that a body comes, and sends nothing of it until it is ended. */
    function begin(length: number): ClientRequest {
      const { port } = server.address() as AddressInfo;
      const headers = {
        authorization: `Bearer ${token}`,
        'content-type': 'text/csv',
        'content-length': length,
      };
      const path = '/api/v1/imports/dry-run';
      const upload = request({ port, host: '127.0.0.1', method: 'POST', path, headers });
      upload.on('error', () => undefined);
      upload.flushHeaders();
      return upload;
    }

    async function status(upload: ClientRequest): Promise<number | undefined> {
      const answer = Promise.withResolvers<number | undefined>();
      upload.on('response', ({ statusCode }) => {
        answer.resolve(statusCode);
      });
      return answer.promise;
    }

    it('keep their place when the caller goes before they are done with', async () => {
      const [looking, gate] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
      const { imports } = gateway.parts;
      const plan = imports.plan.bind(imports);
      imports.plan = async (person, file) => {
        looking.resolve(undefined);
        await gate.promise;
        return plan(person, file);
      };
      const gone = once(server, 'request').then(([, response]: ServerResponse[]) => once(response!, 'close'));
      const upload = begin(1).end('x');
      await looking.promise;
      upload.destroy();
      await gone;
      expect(await status(begin(1).end('x'))).to.equal(429);
      gate.resolve(undefined);
      const again = async (): Promise<boolean> => (await status(begin(1).end('x'))) === 200;
      expect(await waitUntil(again, 10_000), 'the place is free when it is done').to.equal(true);
    });

    it('are refused before they are read, beyond one of a caller', async () => {
      const uploads = Array.from({ length: 20 }, () => begin(30_000_000));
      const answers: (number | undefined)[] = [];
      for (const upload of uploads) void status(upload).then((code) => answers.push(code));
      expect(await waitUntil(() => answers.length === 19, 10_000), String(answers)).to.equal(true);
      expect(new Set(answers)).to.deep.equal(new Set([429]));
      for (const upload of uploads) upload.destroy();
      const again = async (): Promise<boolean> => (await status(begin(1).end('x'))) === 200;
      expect(await waitUntil(again, 10_000), 'the place of one that was broken off is free').to.equal(true);
    });
  });
});
