import { homeDirectory, openHome } from '../network/home/home.ts';
import { runCommand } from './cli/command.ts';
import { Progress } from './cli/progress.ts';
import { stopEverything } from './platform/processes.ts';
import { withHomeLock } from './platform/start-lock.ts';

const HELP = `
npm stop

Stops every process of the instance in BIOT_HOME (default .biot). Its data stays; npm start goes on with it.
`;

await runCommand({
  help: HELP,
  options: {},
  async run() {
    const home = openHome();
    await withHomeLock(homeDirectory(), () =>
      new Progress().step('stopping everything', () => stopEverything(home)),
    );
    return 0;
  },
});
