import { appendFileSync, existsSync, globSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { CHECKOUT } from '../../network/home/home.ts';
import { buildDashboard } from '../platform/builds.ts';
import { CHROMIUM, ensurePackages, MOSQUITTO_CLIENTS } from '../platform/debian.ts';
import { type Counts, countsOf } from './counts.ts';
import { execute, type Execution } from './execute.ts';
import { runStaticChecks } from './static-checks.ts';

/** Where a suite leaves its files, and what ends the programs that it runs. */
export interface Surroundings {
  readonly home: string;
  readonly interrupt: AbortSignal;
  /** The file that takes what it says, so that suites beside it can be read; the terminal unless told. */
  readonly log?: string | undefined;
}

interface Suite {
  /** Such a suite wants the machine for itself; the others go side by side. */
  readonly needsServers: boolean;
  run(surroundings: Surroundings): Promise<Counts>;
}

const SUITES = {
  static: {
    needsServers: false,
    run: (surroundings) => runStaticChecks({ ...surroundings, say: sayIn(surroundings) }),
  },
  unit: {
    needsServers: false,
    run(surroundings) {
      const files = globSync('{chaincode,sql,network,ingest,gateway,dashboard,scripts,test}/**/*.test.ts', {
        cwd: CHECKOUT,
        exclude: (path) => /(^|\/)(node_modules|dist)$|^test\/(integration|browser)$/.test(path),
      });
      return mocha(surroundings, files);
    },
  },
  integration: {
    needsServers: true,
    run: (surroundings) => withInstance(surroundings, 'test/integration/*.test.ts'),
  },
  browser: {
    needsServers: true,
    async run(surroundings) {
      await buildDashboard();
      return withInstance(surroundings, 'test/browser/*.test.ts');
    },
  },
} as const satisfies Record<string, Suite>;

export type SuiteName = keyof typeof SUITES;

export function isSuite(name: string): name is SuiteName {
  return Object.hasOwn(SUITES, name);
}

export function allSuites(): SuiteName[] {
  return Object.keys(SUITES).filter(isSuite);
}

export function needsServers(name: SuiteName): boolean {
  return SUITES[name].needsServers;
}

export async function runSuite(name: SuiteName, surroundings: Surroundings): Promise<Counts> {
  sayIn(surroundings)(`\n== ${name}\n`);
  return SUITES[name].run(surroundings);
}

function sayIn({ log }: Surroundings): (text: string) => void {
  return (text) => {
    if (log === undefined) process.stdout.write(text);
    else appendFileSync(log, text);
  };
}

/** A platform of its own, started as everybody starts it, for tests on real servers. It is stopped whatever happens. */
async function withInstance(surroundings: Surroundings, pattern: string): Promise<Counts> {
  const { home, interrupt } = surroundings;
  const files = globSync(pattern, { cwd: CHECKOUT }).sort();
  await ensurePackages([CHROMIUM, MOSQUITTO_CLIENTS], (text) => process.stdout.write(`  ${text}\n`));
  try {
    const started = await ours('start', ['--detach'], { home, interrupt });
    if (started !== 0) return { passed: 0, failed: 1 };
    return await mocha(surroundings, files, '--timeout', '120000');
  } finally {
    await ours('stop', [], { home });
  }
}

async function mocha(
  { home, ...execution }: Surroundings,
  files: readonly string[],
  ...options: string[]
): Promise<Counts> {
  const counts = join(home, 'test-counts.json');
  rmSync(counts, { force: true });
  const code = await execute(
    join(CHECKOUT, 'node_modules', '.bin', 'mocha'),
    ['--exit', '--reporter', 'test/harness/reporter.cjs', ...options, ...files],
    { env: { BIOT_HOME: home, BIOT_TEST_COUNTS: counts }, ...execution },
  );
  if (!existsSync(counts)) return { passed: 0, failed: 1 };
  return countsOf(readFileSync(counts, 'utf8'), code);
}

function ours(
  command: string,
  args: readonly string[],
  { home, ...rest }: Omit<Execution, 'env'> & { home: string },
): Promise<number> {
  const script = join(CHECKOUT, 'scripts', `${command}.ts`);
  return execute(process.execPath, [script, ...args], { env: { BIOT_HOME: home }, ...rest });
}
