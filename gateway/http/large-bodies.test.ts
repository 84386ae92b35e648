import { once } from 'node:events';
import { type ClientRequest, createServer, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect } from 'chai';

import { waitUntil } from '../../network/processes/wait-until.ts';
import { type TestGateway, testGateway } from '../testing/gateway.ts';
import { LargeBodies } from './large-bodies.ts';

const BEFORE = 'what you sent before is being worked on still';

describe('large bodies', () => {
  it('are few of each caller, and few of all', async () => {
    const bodies = new LargeBodies('files');
    const gone = Promise.resolve();
    for (const caller of ['a', 'b', 'c']) bodies.admit(caller);
    const keep = bodies.admit('d');
    expect(() => bodies.admit('a')).to.throw(BEFORE);
    expect(() => bodies.admit('e')).to.throw('others keep us busy just now');
    keep(gone);
    await gone;
    bodies.admit('e');

    const signed = new LargeBodies('signed');
    const [first] = [0, 1, 2, 3].map(() => signed.admit('a'));
    expect(() => signed.admit('a')).to.throw(BEFORE);
    first?.(gone);
    await gone;
    signed.admit('a');
    expect(() => signed.admit('a')).to.throw(BEFORE);
  });

  it('keep their place until what is done with them is over, however it ends', async () => {
    for (const end of ['resolve', 'reject'] as const) {
      const bodies = new LargeBodies('files');
      const [answer, work] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
      const keep = bodies.admit('a');
      keep(answer.promise);
      keep(work.promise);
      answer.resolve(undefined);
      await answer.promise;
      expect(() => bodies.admit('a'), end).to.throw(BEFORE);
      work[end](undefined);
      await work.promise.catch(() => undefined);
      bodies.admit('a');
    }
  });

  describe('on their way', () => {
    const FILE = '/api/v1/imports/dry-run';
    const SIGNED = '/api/v1/signing/submissions';
    let gateway: TestGateway;
    let server: Server;
    let token: string;
    beforeEach(async () => {
      gateway = await testGateway({ signingQuota: { points: 30, seconds: 60 } });
      token = await gateway.signIn(gateway.people.adminOperator);
      server = createServer(gateway.app).listen(0, '127.0.0.1');
      await once(server, 'listening');
    });
    afterEach(() => {
      server.closeAllConnections();
      server.close();
    });

    /** Says that a body comes, and sends nothing of it until it is ended. */
    function begin(length: number, path = FILE): ClientRequest {
      const { port } = server.address() as AddressInfo;
      const headers = {
        'content-length': length,
        ...(path === FILE
          ? { authorization: `Bearer ${token}`, 'content-type': 'text/csv' }
          : { 'content-type': 'application/json' }),
      };
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

    /** The answers that come while the bodies are still on their way; as many as are expected. */
    async function answersTo(uploads: readonly ClientRequest[], count: number): Promise<Set<unknown>> {
      const answers: (number | undefined)[] = [];
      for (const upload of uploads) void status(upload).then((code) => answers.push(code));
      expect(await waitUntil(() => answers.length === count, 10_000), String(answers)).to.equal(true);
      return new Set(answers);
    }

    async function isFree(path: string, free: number): Promise<boolean> {
      return waitUntil(async () => (await status(begin(1, path).end('x'))) === free, 10_000);
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
      expect(await isFree(FILE, 200), 'the place is free when it is done').to.equal(true);
    });

    it('are refused before they are read, beyond one of a member', async () => {
      const uploads = Array.from({ length: 20 }, () => begin(30_000_000));
      expect(await answersTo(uploads, 19)).to.deep.equal(new Set([429]));
      for (const upload of uploads) upload.destroy();
      expect(await isFree(FILE, 200), 'the place of one that was broken off is free').to.equal(true);
    });

    it('are refused before they are read, beyond four of a network where nobody is signed in', async () => {
      const uploads = Array.from({ length: 20 }, () => begin(2_000_000, SIGNED));
      expect(await answersTo(uploads, 16)).to.deep.equal(new Set([429]));
      for (const upload of uploads) upload.destroy();
      expect(await isFree(SIGNED, 400), 'the place of one that was broken off is free').to.equal(true);
      expect(await isFree(FILE, 200), 'files have places of their own').to.equal(true);
    });

    it('are counted before they are read where nobody is signed in', async () => {
      for (let count = 0; count < 30; count += 1) await status(begin(1, SIGNED).end('x'));
      const uploads = ['proposals', 'endorsements', 'submissions', 'commit-status'].map((step) =>
        begin(10_000, `/api/v1/signing/${step}`),
      );
      expect(await answersTo(uploads, 4)).to.deep.equal(new Set([429]));
    });
  });
});
