import type { RegistryMirror } from '../network/mirror/registry-mirror.ts';
import { pause, type Time } from '../network/time.ts';

const LOOK_MS = 50;
/** Telemetry is taken while the ledger is silent, too; so the wait for it has an end. */
const MOST_MS = 5_000;

/**
 * Waits until the mirror has all that the ledger had a moment ago. What an earlier run kept lacks whoever came since, and
 * what those have sent meanwhile would be refused for good.
 */
export async function ledgerHeard(
  mirror: Pick<RegistryMirror, 'freshness'>,
  time: Time,
  signal: AbortSignal,
): Promise<void> {
  const began = time.elapsed();
  const passed = (): number => time.elapsed() - began;
  while (!signal.aborted && passed() < MOST_MS && mirror.freshness().silentMs > passed())
    await pause(time, LOOK_MS, signal);
}
