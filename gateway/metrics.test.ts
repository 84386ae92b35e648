import { expect } from 'chai';

import { Metrics } from './metrics.ts';
import { timedLedger } from './timed-ledger.ts';

describe('metrics', () => {
  it('have how long the ledger takes, whether it answers or refuses', async () => {
    const metrics = new Metrics();
    const client = timedLedger(
      {
        evaluate: () => Promise.resolve('{}'),
        corroborate: () => Promise.resolve('{}'),
        submit: () => Promise.reject(new Error('refused')),
      },
      metrics,
    );
    const call = { channel: 'registry', contract: 'DeviceContract', transaction: 'Get', args: [] } as const;
    expect(await client.evaluate(call)).to.equal('{}');
    expect(await client.submit(call).catch((error: unknown) => error)).to.have.property('message', 'refused');
    const text = await metrics.text();
    expect(text).to.include('biot_gateway_ledger_seconds_count{call="evaluate"} 1');
    expect(text).to.include('biot_gateway_ledger_seconds_count{call="submit"} 1');
    expect(text).to.not.include('biot_gateway_ledger_seconds_count{call="corroborate"}');
  });

  it('have what is counted and what is read', async () => {
    const metrics = new Metrics();
    metrics.watch({
      ...{ sessions: () => 1, liveConnections: () => 2, exports: () => 3, devices: () => 4 },
      ledgerSilentMs: () => 5_000,
    });
    metrics.exported(500);
    metrics.request({ method: 'GET', route: '/api/v1/devices/{id}', status: 200 }, 0.02);
    const text = await metrics.text();
    for (const line of [
      'biot_gateway_live_connections 2',
      'biot_gateway_exports 3',
      'biot_gateway_ledger_silent_seconds 5',
      'biot_gateway_exported_readings_total 500',
      'biot_gateway_request_seconds_count{method="GET",route="/api/v1/devices/{id}",status="200"} 1',
    ])
      expect(text).to.include(line);
  });
});
