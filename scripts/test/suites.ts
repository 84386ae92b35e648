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

interface Suite {
  run(home: string): Promise<Counts>;
}

/** A program that must exit with 0: counted as one check. */
function check(title: string, program: string, ...args: string[]): () => Promise<Counts> {
  return async () => {
    const started = performance.now();
    const ok = (await execute(join(CHECKOUT, 'node_modules', '.bin', program), args)) === 0;
    process.stdout.write(
      `  ${ok ? '✓' : '✗'} ${title} (${((performance.now() - started) / 1000).toFixed(0)} s)\n`,
    );
    return { passed: ok ? 1 : 0, failed: ok ? 0 : 1 };
  };
}

const BOUNDARIES = [
  'chaincode/protocol',
  'chaincode/contracts',
  'signing',
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
    async run() {
      await buildChaincode();
      return sum(STATIC_CHECKS);
    },
  },
  unit: {
    async run(home) {
      await buildChaincode();
      const files = globSync(
        '{chaincode,signing,sql,network,ingest,gateway,dashboard,scripts,test}/**/*.test.ts',
        {
          cwd: CHECKOUT,
          exclude: (path) => /(^|\/)(node_modules|dist)$|^test\/(integration|browser)$/.test(path),
        },
      );
      return mocha(home, files);
    },
  },
  integration: { run: (home) => withInstance(home, 'test/integration/*.test.ts') },
  browser: {
    async run(home) {
      await buildDashboard();
      return withInstance(home, 'test/browser/*.test.ts');
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

export async function runSuite(name: SuiteName, home: string): Promise<Counts> {
  process.stdout.write(`\n== ${name}\n`);
  return SUITES[name].run(home);
}

async function sum(checks: readonly (() => Promise<Counts>)[]): Promise<Counts> {
  const total: Counts = { passed: 0, failed: 0 };
  for (const run of checks) {
    const counts = await run();
    total.passed += counts.passed;
    total.failed += counts.failed;
  }
  return total;
}

/** A platform of its own, started as everybody starts it, for tests on real servers. */
async function withInstance(home: string, pattern: string): Promise<Counts> {
  const files = globSync(pattern, { cwd: CHECKOUT }).sort();
  await ensurePackages([CHROMIUM, MOSQUITTO_CLIENTS], (text) => process.stdout.write(`  ${text}\n`));
  if ((await ours('start', home, '--detach')) !== 0) return { passed: 0, failed: 1 };
  try {
    return await mocha(home, files, '--timeout', '120000');
  } finally {
    await ours('stop', home);
  }
}

async function mocha(home: string, files: readonly string[], ...options: string[]): Promise<Counts> {
  const counts = join(home, 'test-counts.json');
  rmSync(counts, { force: true });
  const code = await execute(
    join(CHECKOUT, 'node_modules', '.bin', 'mocha'),
    ['--exit', '--reporter', 'test/harness/reporter.cjs', ...options, ...files],
    { BIOT_HOME: home, BIOT_TEST_COUNTS: counts },
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

function ours(command: string, home: string, ...args: string[]): Promise<number> {
  return execute(process.execPath, [join(CHECKOUT, 'scripts', `${command}.ts`), ...args], {
    BIOT_HOME: home,
  });
}

function execute(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
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
    child.once('error', () => {
      resolve(127);
    });
    child.once('exit', (code) => {
      resolve(code ?? 1);
    });
  });
}
