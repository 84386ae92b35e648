import { createHome, type Home, homeDirectory } from '../network/home/home.ts';
import { runCommand } from './cli/command.ts';
import { Progress } from './cli/progress.ts';
import { watchUntilInterrupted } from './platform/foreground.ts';
import { stopEverything } from './platform/processes.ts';
import { withHomeLock } from './platform/start-lock.ts';
import { startEverything } from './platform/start-everything.ts';
import { welcome } from './platform/welcome.ts';

const HELP = `
npm start [-- --detach]

Makes and starts a whole consortium with its platform in BIOT_HOME (default .biot): installs what is missing, builds,
creates three organisations with their ledger, starts every process, registers ten simulated devices. What exists
already is kept, what runs already is left alone: after a crash, start again.

Stays in the foreground until Ctrl-C, which stops everything.

  --detach  return when everything is ready; npm stop ends it

Environment
  BIOT_HOME        the folder with all state of the instance; each folder is an instance with its own ports
  BIOT_FABRIC_BIN  a folder with Fabric's programs (peer, orderer, …), instead of PATH or a build from source
`;

await runCommand({
  help: HELP,
  options: { detach: { type: 'boolean', default: false } },
  async run({ values }) {
    const progress = new Progress();
    const home = createHome();
    const interrupted = interruption();
    await withHomeLock(homeDirectory(), () => startOrStop(home, progress, interrupted));
    process.stdout.write(welcome(home, { seconds: progress.total(), detached: values.detach }));
    if (values.detach) return 0;
    await watchUntilInterrupted(home, interrupted.signal);
    await withHomeLock(homeDirectory(), () =>
      progress.step('stopping everything', () => stopEverything(home)),
    );
    return 0;
  },
});

/** Ctrl-C, or a polite request to end. */
function interruption(): AbortController {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      controller.abort();
    });
  }
  return controller;
}

/** Ctrl-C while starting stops what was started so far. */
async function startOrStop(home: Home, progress: Progress, interrupted: AbortController): Promise<void> {
  const stopped = new Promise<'interrupted'>((resolve) => {
    interrupted.signal.addEventListener('abort', () => {
      resolve('interrupted');
    });
  });
  const outcome = await Promise.race([startEverything(home, progress), stopped]);
  if (outcome === 'interrupted') {
    await progress.step('stopping everything', () => stopEverything(home));
    process.exit(130);
  }
}
