import { execFile } from 'node:child_process';
import { BiotError } from '../../chaincode/protocol/errors.ts';

const OUTPUT_BYTES = 16 * 1024 * 1024;
const ERROR_LINES = 6;

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Default 120 s. */
  readonly withinMs?: number;
}

/**
 * Runs a tool to its end.
 * @returns what it wrote to its standard output.
 * @throws BiotError SETUP_FAILED with the last lines of its standard error.
 */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { env, cwd, withinMs = 120_000 } = options;
  return new Promise((resolve, reject) => {
    execFile(
      command,
      args,
      { env: { ...baseEnvironment(), ...env }, cwd, timeout: withinMs, maxBuffer: OUTPUT_BYTES },
      (cause, stdout, stderr) => {
        if (cause === null) {
          resolve(stdout);
          return;
        }
        const said = stderr.trim().split('\n').slice(-ERROR_LINES).join('\n');
        const told = `${command} ${args.slice(0, 3).join(' ')}`;
        const reason =
          cause.killed === true ? `did not end within ${withinMs / 1000} s` : said || cause.message;
        reject(new BiotError('SETUP_FAILED', `${told}: ${reason}`, { cause }));
      },
    );
  });
}

/** Tools run the same from every shell: one that acts as an organisation carries variables that would turn them. */
function baseEnvironment(): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !/^(CORE|ORDERER|CONFIGTX|FABRIC|OSNADMIN)_/.test(name))
      environment[name] = value;
  }
  return environment;
}
