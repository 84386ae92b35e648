import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { CHECKOUT } from '../../network/home/home.ts';
import { type Counts, NONE, plus } from './counts.ts';
import { execute } from './execute.ts';

interface Around {
  /** For files. */
  readonly home: string;
  readonly interrupt: AbortSignal;
  readonly say: (text: string) => void;
}

type Check = (around: Around) => Promise<Counts>;

/** A program that must exit with 0: counted as one check. What it prints is said in one piece, with the verdict. */
function check(title: string, program: string, ...args: string[]): Check {
  return async ({ home, interrupt, say }) => {
    const started = performance.now();
    const log = join(home, `${title}.log`);
    const command = join(CHECKOUT, 'node_modules', '.bin', program);
    const ok = (await execute(command, args, { interrupt, log })) === 0;
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    say(`${readFileSync(log, 'utf8')}  ${ok ? '✓' : '✗'} ${title} (${seconds} s)\n`);
    return { passed: ok ? 1 : 0, failed: ok ? 0 : 1 };
  };
}

const BOUNDARIES = [
  'chaincode/protocol',
  'chaincode/contracts',
  'sql',
  'network',
  'ingest',
  'gateway',
  'dashboard/src',
  'scripts',
];

/** Lanes go side by side, each on a core; the checks of one follow each other. None reads what another writes. */
const LANES: readonly (readonly Check[])[] = [
  [check('lint', 'eslint', '.')],
  [
    check('types', 'tsc', '-p', 'tsconfig.json'),
    check('types of the contracts', 'tsc', '-p', 'chaincode/tsconfig.json', '--noEmit'),
    check('types of the dashboard', 'vue-tsc', '-p', 'dashboard/tsconfig.json', '--noEmit'),
    check('format', 'prettier', '--check', '--log-level', 'warn', '.'),
    check('import boundaries', 'depcruise', ...BOUNDARIES, '--config'),
    check('nothing unused', 'knip'),
  ],
];

export async function runStaticChecks(around: Around): Promise<Counts> {
  const counts = await Promise.all(LANES.map((lane) => runLane(lane, around)));
  return counts.reduce(plus, NONE);
}

async function runLane(checks: readonly Check[], around: Around): Promise<Counts> {
  let total = NONE;
  for (const run of checks) {
    if (around.interrupt.aborted) break;
    total = plus(total, await run(around));
  }
  return total;
}
