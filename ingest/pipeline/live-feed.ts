import type { RawMessage } from '../../chaincode/protocol/message.ts';
import type { LiveReading } from '../../chaincode/protocol/receipt.ts';
import { liveTopic } from '../../chaincode/protocol/topics.ts';
import type { Publisher } from '../delivery.ts';

/**
 * Shows what was committed to whoever watches. Of each device only the newest message of a batch: there are twenty
 * batches a second, which is more than an eye can follow, and a device that sends its past must not drown the rest.
 */
export function publishLive(publisher: Publisher, messages: readonly RawMessage[]): void {
  const newest = new Map<string, RawMessage>();
  for (const message of messages) {
    const other = newest.get(message.device);
    if (other === undefined || other.ts <= message.ts) newest.set(message.device, message);
  }
  for (const { device, tenant, seq, ts, values } of newest.values()) {
    const reading: LiveReading = {
      device,
      tenant,
      seq,
      ts,
      values: Object.fromEntries(values.map(({ sensor, value }) => [sensor, value])),
    };
    publisher.publish(liveTopic({ tenant, device }), JSON.stringify(reading), { qos: 0 });
  }
}
