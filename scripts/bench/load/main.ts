/** The load generator: a process of its own, so that whoever measures beside it does not wait for it. */
import { Load } from './load.ts';
import { type Answer, type Order, orderSchema } from './orders.ts';

const load = new Load();

async function obey(order: Order): Promise<Answer> {
  if (order.kind === 'publish') return { kind: 'published', outcome: await load.publish(order) };
  await load.connect(order);
  return { kind: 'connected' };
}

async function answer(message: unknown): Promise<void> {
  try {
    process.send?.(await obey(orderSchema.parse(message)));
  } catch (error) {
    const failed: Answer = {
      kind: 'failed',
      message: error instanceof Error ? error.message : String(error),
    };
    process.send?.(failed);
  }
}

process.on('message', (message) => void answer(message));
process.on('disconnect', () => process.exit());
// Ctrl-C reaches the whole process group: the bench decides, and this process ends with it.
process.on('SIGINT', () => undefined);
