import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';

import { BiotError } from '../../chaincode/protocol/errors.ts';

type Parsed<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: Options; allowPositionals: true; strict: true }>
>;

/** What programs on the command line end with. A shell says 130 (128 and SIGINT) of what Ctrl-C ended. */
export const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

export interface Command<Options extends ParseArgsOptionsConfig> {
  /** What `--help` prints: usage, what it does, every option. */
  help: string;
  options: Options;
  /** @returns the exit code. */
  run(parsed: Parsed<Options>): Promise<number>;
}

/**
 * Runs a command line program: `--help`, clear errors on standard error, and an exit code (0 done, 1 not, 2 wrong
 * usage).
 */
export async function runCommand<Options extends ParseArgsOptionsConfig>(
  command: Command<Options>,
): Promise<void> {
  // npm takes the first `--` for itself; a second one, as in `npm run bench -- anomaly -- --data DIR`, ends nothing.
  const args = process.argv.slice(2).filter((arg) => arg !== '--');
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(`${command.help.trim()}\n`);
    return;
  }
  let parsed: Parsed<Options>;
  try {
    parsed = parseArgs({ args, options: command.options, allowPositionals: true, strict: true });
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\nSee --help.\n`);
    process.exitCode = EXIT.usage;
    return;
  }
  try {
    process.exitCode = await command.run(parsed);
  } catch (error) {
    process.stderr.write(`\n${explain(error)}\n`);
    process.exitCode = EXIT.failed;
  }
}

/** Prints the one JSON object that `--json` promises as the last line. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** An expected failure says what to do; an unexpected one shows where it happened, so that it can be reported. */
function explain(error: unknown): string {
  if (error instanceof BiotError) return `${error.code}: ${error.message}${causes(error.cause)}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function causes(cause: unknown): string {
  return cause instanceof Error ? `\n  because: ${cause.message}${causes(cause.cause)}` : '';
}
