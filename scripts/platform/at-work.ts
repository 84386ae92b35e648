import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Home } from '../../network/home/home.ts';
import { waitUntil } from '../../network/processes/wait-until.ts';
import { answers } from './applications.ts';
import { standstills } from './standstills.ts';

const WITHIN_MS = 60_000;

/**
 * Waits until gateway and ingest have reached the servers that they need: only then are devices and people answered. That
 * one is not there yet is no reason to end them, as they go on trying; ingest that people have to look at is at work, too.
 *
 * @throws BiotError PROCESS_FAILED; both are left running
 */
export async function awaitWork(home: Home, withinMs = WITHIN_MS): Promise<void> {
  const { gateway, ingestOperations } = home.ports;
  const ingest = answers(home, ingestOperations, '/readyz');
  const working = {
    gateway: answers(home, gateway, '/readyz'),
    ingest: async () => (await ingest()) || (await standstills(home)).length > 0,
  };
  await Promise.all(
    Object.entries(working).map(async ([name, works]) => {
      if (await waitUntil(works, withinMs)) return;
      throw new BiotError(
        'PROCESS_FAILED',
        `${name} runs, but does not reach all that it needs: npm run status tells which process is down`,
      );
    }),
  );
}
