import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { writeFileAtomically } from '../../network/home/files.ts';
import { CHECKOUT } from '../../network/home/home.ts';
import { run } from '../../network/processes/run.ts';

const BUILD_WITHIN_MS = 5 * 60_000;

/** Something made from sources in the checkout; made again when one of them changed. */
interface Build {
  output: string;
  sources: readonly string[];
  command: readonly [string, ...string[]];
}

const CHAINCODE: Build = {
  output: 'chaincode/dist',
  sources: [
    'chaincode/contracts/**/*.ts',
    'chaincode/protocol/**/*.ts',
    'chaincode/*.json',
    'tsconfig.base.json',
    'package-lock.json',
  ],
  command: ['tsc', '-p', 'chaincode/tsconfig.json'],
};

const DASHBOARD: Build = {
  output: 'dashboard/dist',
  sources: [
    'dashboard/src/**/*',
    'dashboard/public/**/*',
    'dashboard/*.{ts,html,json}',
    'chaincode/protocol/**/*.ts',
    'network/signing/**/*.ts',
    'package-lock.json',
  ],
  command: ['vite', 'build', '--config', 'dashboard/vite.config.ts', '--logLevel', 'warn'],
};

/** Compiles the contracts; Node.js runs the other sources as they are. */
export async function buildChaincode(): Promise<void> {
  await build(CHAINCODE);
}

export async function buildDashboard(): Promise<void> {
  await build(DASHBOARD);
}

async function build({ output, sources, command }: Build): Promise<void> {
  const stamp = join(CHECKOUT, output, '.built-from');
  const hash = hashSources(sources);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  rmSync(join(CHECKOUT, output), { recursive: true, force: true });
  const [program, ...args] = command;
  await run(join(CHECKOUT, 'node_modules', '.bin', program), args, {
    cwd: CHECKOUT,
    withinMs: BUILD_WITHIN_MS,
  });
  writeFileAtomically(stamp, hash, 0o644);
}

function hashSources(patterns: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of globSync([...patterns], { cwd: CHECKOUT }).sort()) {
    const path = join(CHECKOUT, file);
    if (file.endsWith('.test.ts') || !statSync(path).isFile()) continue;
    hash
      .update(file)
      .update('\0')
      .update(createHash('sha256').update(readFileSync(path)).digest());
  }
  return hash.digest('hex');
}
