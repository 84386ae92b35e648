import type { Home } from '../../network/home/home.ts';
import { processStatus, startProcess, stopProcess } from '../../network/processes/process-manager.ts';
import { connect, homeDatabase } from '../../sql/connect.ts';
import { ensurePeople } from './demo-people.ts';
import { mariadbProcess } from './mariadb.ts';
import { allProcesses } from './processes.ts';

/**
 * After certificates were renewed: gives the sign-ins the present ones, and restarts those applications that are named
 * and run. Devices and clients connect again by themselves; nothing that was acknowledged is lost.
 */
export async function restartApplications(
  home: Home,
  names: ReadonlySet<string>,
  progress: (step: string) => void,
): Promise<void> {
  if (processStatus(home, mariadbProcess(home)).state === 'running') await renewSignIns(home);
  const applications = allProcesses(home).filter(({ name }) => APPLICATIONS.has(name) && names.has(name));
  for (const spec of applications) {
    if (processStatus(home, spec).state !== 'running') continue;
    progress(`restarting ${spec.name}`);
    await stopProcess(home, spec.name, spec);
    await startProcess(home, spec);
  }
}

const APPLICATIONS: ReadonlySet<string> = new Set(['mosquitto', 'ingest', 'guard', 'gateway']);

async function renewSignIns(home: Home): Promise<void> {
  const database = connect(homeDatabase(home, 'biot'));
  try {
    await ensurePeople(home, database);
  } finally {
    await database.close();
  }
}
