import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { EXIT, runCommand } from './cli/command.ts';
import { allSuites, type Counts, isSuite, runSuite, type SuiteName } from './test/suites.ts';

const HELP = `
npm test [-- SUITE…]

Runs every check of the project, or the suites that are named: ${allSuites().join(', ')}.
Those that need servers get an instance of their own, in a new home with its own ports, and end it afterwards.
Ends with "N passed, N failed" alone on a line; exit code 0 when nothing failed, 130 when it was interrupted (Ctrl-C ends
the servers, too).
`;

await runCommand({
  help: HELP,
  options: {},
  async run({ positionals }) {
    const chosen = positionals.length === 0 ? allSuites() : positionals.filter(isSuite);
    if (chosen.length < positionals.length)
      throw new Error(`unknown suite; known are ${allSuites().join(', ')}`);
    const interrupt = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        interrupt.abort();
      });
    }
    const total = await runAll(chosen, interrupt.signal);
    if (interrupt.signal.aborted) return EXIT.interrupted;
    process.stdout.write(`\n${total.passed} passed, ${total.failed} failed\n`);
    return total.failed === 0 && total.passed > 0 ? 0 : 1;
  },
});

/** A home for each suite: what one leaves on the ledger, the next would have to look past. */
async function runAll(suites: readonly SuiteName[], interrupt: AbortSignal): Promise<Counts> {
  const total: Counts = { passed: 0, failed: 0 };
  for (const suite of suites) {
    if (interrupt.aborted) break;
    const counts = await runInOwnHome(suite, interrupt);
    total.passed += counts.passed;
    total.failed += counts.failed;
  }
  return total;
}

async function runInOwnHome(suite: SuiteName, interrupt: AbortSignal): Promise<Counts> {
  const home = mkdtempSync(join(tmpdir(), 'biot-test-'));
  const counts = await runSuite(suite, { home, interrupt });
  if (counts.failed === 0 || interrupt.aborted) rmSync(home, { recursive: true, force: true });
  else process.stdout.write(`\nThe home of the failed run is kept: ${home} (logs/ has every server's log)\n`);
  return counts;
}
