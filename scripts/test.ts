import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { EXIT, runCommand } from './cli/command.ts';
import { buildChaincode } from './platform/builds.ts';
import { type Counts, NONE, plus } from './test/counts.ts';
import {
  allSuites,
  isSuite,
  needsServers,
  runSuite,
  type SuiteName,
  type Surroundings,
} from './test/suites.ts';

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

/** Suites that need no servers go side by side, as each keeps one core busy. The others have the machine for themselves. */
async function runAll(suites: readonly SuiteName[], interrupt: AbortSignal): Promise<Counts> {
  await buildChaincode();
  let total = await runSideBySide(
    suites.filter((suite) => !needsServers(suite)),
    interrupt,
  );
  for (const suite of suites.filter(needsServers)) {
    if (interrupt.aborted) break;
    total = plus(total, await runInOwnHome(suite, { interrupt }));
  }
  return total;
}

/** What the first of them says is seen at once, what the others say when it is through. */
async function runSideBySide(suites: readonly SuiteName[], interrupt: AbortSignal): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'biot-test-'));
  const runs = suites.map((suite, index) => {
    const log = index === 0 ? undefined : join(folder, suite);
    return { log, counts: runInOwnHome(suite, { interrupt, log }) };
  });
  let total = NONE;
  for (const { log, counts } of runs) {
    total = plus(total, await counts);
    if (log !== undefined) process.stdout.write(readFileSync(log));
  }
  rmSync(folder, { recursive: true });
  return total;
}

/** A home for each suite: what one leaves on the ledger, the next would have to look past. */
async function runInOwnHome(suite: SuiteName, rest: Omit<Surroundings, 'home'>): Promise<Counts> {
  const home = mkdtempSync(join(tmpdir(), 'biot-test-'));
  const counts = await runSuite(suite, { home, ...rest });
  if (counts.failed === 0 || rest.interrupt.aborted) rmSync(home, { recursive: true, force: true });
  else process.stdout.write(`\nThe home of the failed run is kept: ${home} (logs/ has every server's log)\n`);
  return counts;
}
