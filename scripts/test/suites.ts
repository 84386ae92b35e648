import { spawn } from 'node:child_process';
import { existsSync, globSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { CHECKOUT } from '../../network/home/home.ts';
import { buildChaincode, buildDashboard } from '../platform/builds.ts';
import { CHROMIUM, ensurePackages, MOSQUITTO_CLIENTS } from '../platform/debian.ts';

export interface Counts {
  passed: number;
  failed: number;
}

/** Where a suite leaves its files, and what ends the programs that it runs. */
export interface Surroundings {
  readonly home: string;
  readonly interrupt: AbortSignal;
}

interface Suite {
  run(surroundings: Surroundings): Promise<Counts>;
}

/** A program that must exit with 0: counted as one check. */
function check(title: string, program: string, ...args: string[]): Suite['run'] {
  return async ({ interrupt }) => {
    const started = performance.now();
    const command = join(CHECKOUT, 'node_modules', '.bin', program);
    const ok = (await execute(command, args, { interrupt })) === 0;
    process.stdout.write(
      `  ${ok ? '✓' : '✗'} ${title} (${((performance.now() - started) / 1000).toFixed(0)} s)\n`,
    );
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

const STATIC_CHECKS = [
  check('types', 'tsc', '-p', 'tsconfig.json'),
  check('types of the contracts', 'tsc', '-p', 'chaincode/tsconfig.json', '--noEmit'),
  check('types of the dashboard', 'vue-tsc', '-p', 'dashboard/tsconfig.json', '--noEmit'),
  check('lint', 'eslint', '.'),
  check('format', 'prettier', '--check', '--log-level', 'warn', '.'),
  check('import boundaries', 'depcruise', ...BOUNDARIES, '--config'),
  check('nothing unused', 'knip'),
];

const SUITES = {
  static: {
    async run(surroundings) {
      await buildChaincode();
      return sum(STATIC_CHECKS, surroundings);
    },
  },
  unit: {
    async run(surroundings) {
      await buildChaincode();
      const files = globSync('{chaincode,sql,network,ingest,gateway,dashboard,scripts,test}/**/*.test.ts', {
        cwd: CHECKOUT,
        exclude: (path) => /(^|\/)(node_modules|dist)$|^test\/(integration|browser)$/.test(path),
      });
      return mocha(surroundings, files);
    },
  },
  integration: { run: (surroundings) => withInstance(surroundings, 'test/integration/*.test.ts') },
  browser: {
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

export async function runSuite(name: SuiteName, surroundings: Surroundings): Promise<Counts> {
  process.stdout.write(`\n== ${name}\n`);
  return SUITES[name].run(surroundings);
}

async function sum(checks: readonly Suite['run'][], surroundings: Surroundings): Promise<Counts> {
  const total: Counts = { passed: 0, failed: 0 };
  for (const run of checks) {
    if (surroundings.interrupt.aborted) break;
    const counts = await run(surroundings);
    total.passed += counts.passed;
    total.failed += counts.failed;
  }
  return total;
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
  { home, interrupt }: Surroundings,
  files: readonly string[],
  ...options: string[]
): Promise<Counts> {
  const counts = join(home, 'test-counts.json');
  rmSync(counts, { force: true });
  const code = await execute(
    join(CHECKOUT, 'node_modules', '.bin', 'mocha'),
    ['--exit', '--reporter', 'test/harness/reporter.cjs', ...options, ...files],
    { env: { BIOT_HOME: home, BIOT_TEST_COUNTS: counts }, interrupt },
  );
  if (!existsSync(counts)) return { passed: 0, failed: 1 };
  return countsOf(readFileSync(counts, 'utf8'), code);
}

/** A run that broke off counts as failed, whatever had passed by then. */
function countsOf(json: string, code: number): Counts {
  const parsed: unknown = JSON.parse(json);
  if (typeof parsed !== 'object' || parsed === null || !('passed' in parsed) || !('failed' in parsed))
    return { passed: 0, failed: 1 };
  const { passed, failed } = parsed;
  const whole = typeof passed === 'number' && typeof failed === 'number' && (failed > 0 || code === 0);
  return whole ? { passed, failed } : { passed: 0, failed: 1 };
}

function ours(
  command: string,
  args: readonly string[],
  { home, ...rest }: Omit<Execution, 'env'> & { home: string },
): Promise<number> {
  const script = join(CHECKOUT, 'scripts', `${command}.ts`);
  return execute(process.execPath, [script, ...args], { env: { BIOT_HOME: home }, ...rest });
}

interface Execution {
  readonly env?: Readonly<Record<string, string>>;
  readonly interrupt?: AbortSignal;
}

/** A terminal's Ctrl-C reaches the program by itself; a second signal does it no harm. @returns its exit code */
function execute(
  command: string,
  args: readonly string[],
  { env = {}, interrupt }: Execution,
): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: CHECKOUT,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        PATH: `${join(CHECKOUT, 'node_modules', '.bin')}:${process.env['PATH'] ?? ''}`,
        ...env,
      },
    });
    const end = (): void => {
      child.kill('SIGTERM');
    };
    interrupt?.addEventListener('abort', end, { once: true });
    const finish = (code: number): void => {
      interrupt?.removeEventListener('abort', end);
      resolve(code);
    };
    child.once('error', () => {
      finish(127);
    });
    child.once('exit', (code) => {
      finish(code ?? 1);
    });
  });
}
