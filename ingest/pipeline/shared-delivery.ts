import type { Delivery } from '../delivery.ts';

/**
 * A delivery that brought several messages, as it is handed on with each of them: the broker hears that it is settled
 * when all of them are.
 */
export function sharedDeliveries(delivery: Delivery, payloads: readonly Uint8Array[]): Delivery[] {
  if (payloads.length === 1) return [delivery];
  let open = payloads.length;
  return payloads.map((payload) => {
    let settled = false;
    return {
      topic: delivery.topic,
      payload,
      owed: () => delivery.owed(),
      acknowledge: () => {
        if (settled) return;
        settled = true;
        open -= 1;
        if (open === 0) delivery.acknowledge();
      },
    };
  });
}
