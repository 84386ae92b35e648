import type { CorroboratingClient } from '../network/ledger/client.ts';
import type { Metrics } from './metrics.ts';

/** The same way to the ledger, whose calls are measured from the question to the answer, refusals included. */
export function timedLedger(
  client: CorroboratingClient,
  metrics: Pick<Metrics, 'ledger'>,
): CorroboratingClient {
  async function timed<Result>(
    call: 'evaluate' | 'corroborate' | 'submit',
    work: Promise<Result>,
  ): Promise<Result> {
    const began = performance.now();
    try {
      return await work;
    } finally {
      metrics.ledger(call, (performance.now() - began) / 1000);
    }
  }
  return {
    evaluate: (call) => timed('evaluate', client.evaluate(call)),
    corroborate: (call) => timed('corroborate', client.corroborate(call)),
    submit: (call, options) => timed('submit', client.submit(call, options)),
  };
}
