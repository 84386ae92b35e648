import type { Logger } from 'pino';
import type { MirrorClock } from './clock.ts';
import type { MirroredRegistry } from './mirrored-registry.ts';
import type { MirrorClient } from './registry-fill.ts';

const HEARTBEAT_MS = 1_000;

interface HeartbeatOptions {
  readonly client: Pick<MirrorClient, 'height'>;
  readonly registry: MirroredRegistry;
  readonly clock: MirrorClock;
  readonly log: Pick<Logger, 'debug'>;
  /** Called after each, answered or not. */
  readonly afterEach: () => void;
}

/** Asks the peer every second how far the ledger is, one question at a time. */
export async function beatForEver(options: HeartbeatOptions, signal: AbortSignal): Promise<void> {
  const { clock, afterEach } = options;
  while (!signal.aborted) {
    await beat(options);
    afterEach();
    await clock.sleep(HEARTBEAT_MS, signal);
  }
}

async function beat({ client, registry, log }: HeartbeatOptions): Promise<void> {
  const heartbeat = registry.ask();
  try {
    registry.answer(heartbeat, await client.height('registry'));
  } catch (error) {
    // Not answered is all there is to know: the mirror grows stale by itself.
    log.debug({ err: error }, 'the peer did not answer a heartbeat');
  }
}
