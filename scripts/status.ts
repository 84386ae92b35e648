import { openHome } from '../network/home/home.ts';
import type { ProcessStatus } from '../network/processes/process-spec.ts';
import { printJson, runCommand } from './cli/command.ts';
import { addresses, databaseAccess, signInFile } from './platform/addresses.ts';
import { dropChangedSignIns } from './platform/demo-people.ts';
import { standstills } from './platform/standstills.ts';
import { allStatuses } from './platform/processes.ts';
import { table } from './cli/table.ts';

const HELP = `
npm run status [-- --json]

Shows each process of the instance in BIOT_HOME (default .biot): state, process id, port, memory, since when.
Takes the demo's people who have chosen another password out of secrets/sign-in.json.
Exit code 0 when all of them run and ingest neither has stopped storing nor anchoring, 1 otherwise.

  --json  one JSON object as the last line: ready, reasons (why storing or anchoring stands still), processes (name, state, pid, port, memoryMb, since),
          urls (dashboard, api, docs, mqtt), database (socket, name, user, passwordFile), demo (signInFile: the demo's people with
          their passwords; who has chosen another one is left out)
`;

await runCommand({
  help: HELP,
  options: { json: { type: 'boolean', default: false } },
  async run({ values }) {
    const home = openHome();
    const processes = allStatuses(home);
    const reasons = await standstills(home);
    const ready = processes.every(({ state }) => state === 'running') && reasons.length === 0;
    if (processes.some(({ name, state }) => name === 'mariadb' && state === 'running'))
      await dropChangedSignIns(home);
    if (values.json) {
      const demo = { signInFile: signInFile(home) };
      printJson({ ready, reasons, processes, urls: addresses(home), database: databaseAccess(home), demo });
    } else {
      process.stdout.write(`${[table(rowsOf(processes)), '', ...reasons, summary(processes)].join('\n')}\n`);
    }
    return ready ? 0 : 1;
  },
});

function rowsOf(processes: readonly ProcessStatus[]): string[][] {
  const rows = processes.map(({ name, state, pid, port, memoryMb, since }) =>
    [name, state, pid, port, memoryMb === null ? null : `${memoryMb.toFixed(0)} MiB`, since].map((cell) =>
      String(cell ?? '—'),
    ),
  );
  return [['process', 'state', 'pid', 'port', 'memory', 'since'], ...rows];
}

function summary(processes: readonly ProcessStatus[]): string {
  const memory = processes.reduce((total, { memoryMb }) => total + (memoryMb ?? 0), 0);
  const running = processes.filter(({ state }) => state === 'running').length;
  const advice = running === processes.length ? '' : '; npm start starts what is missing';
  return `${running} of ${processes.length} run, ${memory.toFixed(0)} MiB in all${advice}`;
}
