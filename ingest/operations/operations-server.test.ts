import { expect } from 'chai';

import { IngestMetrics } from './metrics.ts';
import { answer } from './operations-server.ts';

describe('operations server', () => {
  const { registry } = new IngestMetrics();

  async function get(path: string, checks = {}): Promise<{ status: number; body: string }> {
    return answer({ registry, checks }, 'GET', path);
  }

  it('is healthy as long as it answers, and ready only when everything it needs is', async () => {
    const checks = { broker: () => true, database: () => Promise.resolve(false) };
    expect((await get('/healthz', checks)).status).to.equal(200);
    const { status, body } = await get('/readyz', checks);
    expect(status).to.equal(503);
    expect(JSON.parse(body)).to.deep.equal({ ready: false, checks: { broker: true, database: false } });
    expect((await get('/readyz', { broker: () => true })).status).to.equal(200);
  });

  it('gives its numbers in the text format of Prometheus', async () => {
    const { status, body } = await get('/metrics');
    expect(status).to.equal(200);
    expect(body).to.match(/^# TYPE biot_ingest_messages_total counter$/m);
  });

  it('knows nothing else', async () => {
    expect((await get('/')).status).to.equal(404);
    expect((await answer({ registry, checks: {} }, 'POST', '/metrics')).status).to.equal(405);
  });
});
