import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import request from 'supertest';

import { problemSchema } from './http/problem.ts';
import { type TestGateway, testGateway } from './testing/gateway.ts';

describe('the dashboard’s files', () => {
  let folder: string;
  let gateway: TestGateway;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dashboard-'));
    mkdirSync(join(folder, 'dist', 'assets'), { recursive: true });
    writeFileSync(join(folder, 'dist', 'index.html'), '<title>BIoT-DM</title>');
    writeFileSync(join(folder, 'dist', 'assets', 'index-abc123.js'), 'void 0');
    writeFileSync(join(folder, 'secret.txt'), 'secret');
    gateway = await testGateway({ dashboard: join(folder, 'dist') });
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const get = (path: string) => request(gateway.app).get(path).set('Accept', 'text/html');

  it('answers every page with the one page there is, which is never cached', async () => {
    for (const path of ['/', '/devices', '/devices/press-07', '/index.html']) {
      const response = await get(path);
      expect(response.status, path).to.equal(200);
      expect(response.text).to.include('BIoT-DM');
      expect(response.headers['cache-control']).to.equal('no-cache');
    }
  });

  it('lets files with a hash in their name be cached for ever', async () => {
    const response = await get('/assets/index-abc123.js');
    expect(response.status).to.equal(200);
    expect(response.headers['cache-control']).to.equal('public, max-age=31536000, immutable');
  });

  it('does not answer for a missing file or route with a page', async () => {
    for (const path of ['/assets/gone.js', '/api/v1/nothing', '/api/v2'])
      expect((await get(path)).status, path).to.equal(404);
    const json = await request(gateway.app).get('/devices').set('Accept', 'application/json');
    expect(json.status).to.equal(404);
  });

  it('says that it has not been built, where there is no page', async () => {
    const bare = await testGateway({ dashboard: join(folder, 'gone') });
    const response = await request(bare.app).get('/devices').set('Accept', 'text/html');
    expect(response.status).to.equal(503);
    const { code, detail } = problemSchema.parse(JSON.parse(response.text));
    expect(code).to.equal('NOT_SET_UP');
    expect(detail).to.include('has not been built');
  });

  it('does not leave its folder', async () => {
    for (const path of [
      '/../secret.txt',
      '/%2e%2e/secret.txt',
      '/assets/..%2f..%2fsecret.txt',
      '/..%5csecret.txt',
    ])
      expect((await get(path)).text, path).to.not.equal('secret');
  });
});
