import { existsSync, readdirSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';

import { BiotError } from '../chaincode/protocol/errors.ts';
import { homeDirectory, openHome } from '../network/home/home.ts';
import { runCommand } from './cli/command.ts';
import { Progress } from './cli/progress.ts';
import { stopEverything } from './platform/processes.ts';
import { withHomeLock } from './platform/start-lock.ts';

const HELP = `
npm run reset [-- --yes]

Stops everything and deletes the instance in BIOT_HOME (default .biot) for good: ledger, database, keys, devices.
Built programs and installed packages stay.

  --yes  do not ask (it is not asked either when standard input is no terminal)
`;

await runCommand({
  help: HELP,
  options: { yes: { type: 'boolean', default: false } },
  async run({ values }) {
    const root = homeDirectory();
    if (!existsSync(root)) {
      process.stderr.write(`Nothing to do: there is no ${root}\n`);
      return 0;
    }
    requireHome(root);
    if (!values.yes && process.stdin.isTTY && !(await agreed(root))) return 1;
    await withHomeLock(root, () => new Progress().step(`deleting ${root}`, () => destroy(root)));
    return 0;
  },
});

/** BIOT_HOME may have been mistyped: only what is an instance (or empty) is deleted. */
function requireHome(root: string): void {
  const content = readdirSync(root);
  if (content.length > 0 && !content.includes('instance.json')) {
    throw new BiotError(
      'NOT_SET_UP',
      `${root} is not an instance of BIoT-DM (no instance.json); nothing was deleted`,
    );
  }
}

async function agreed(root: string): Promise<boolean> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await prompt.question(`Delete ${root} with its ledger, database and keys? [y/N] `);
  prompt.close();
  return /^y(es)?$/i.test(answer.trim());
}

async function destroy(root: string): Promise<void> {
  if (readdirSync(root).includes('instance.json')) await stopEverything(openHome(root));
  rmSync(root, { recursive: true, force: true });
}
