import { consortiumProcesses } from '../../network/consortium.ts';
import type { Home } from '../../network/home/home.ts';
import { processStatus, stopProcess } from '../../network/processes/process-manager.ts';
import type { ProcessSpec, ProcessStatus } from '../../network/processes/process-spec.ts';
import {
  gatewayProcess,
  guardProcess,
  ingestProcess,
  notifierProcess,
  simulatorProcess,
} from './applications.ts';
import { dtlsProcess } from './dtls.ts';
import { mariadbProcess } from './mariadb.ts';
import { mosquittoProcess } from './mosquitto.ts';

/** Everything an instance runs, in the order in which it starts. */
export function allProcesses(home: Home): ProcessSpec[] {
  return [...consortiumProcesses(home), ...serverProcesses(home), ...applicationProcesses(home)];
}

function serverProcesses(home: Home): ProcessSpec[] {
  return [mariadbProcess(home), mosquittoProcess(home), dtlsProcess(home)];
}

function applicationProcesses(home: Home): ProcessSpec[] {
  return [
    ingestProcess(home),
    guardProcess(home),
    notifierProcess(home),
    gatewayProcess(home),
    simulatorProcess(home),
  ];
}

export function allStatuses(home: Home): ProcessStatus[] {
  return allProcesses(home).map((spec) => processStatus(home, spec));
}

/** Those that write go first, then what they write to, then the ledger: so nothing has to be given up on. */
export async function stopEverything(home: Home): Promise<void> {
  const stopAll = (specs: readonly ProcessSpec[]): Promise<unknown> =>
    Promise.all(specs.map((spec) => stopProcess(home, spec.name, spec)));
  await stopAll(applicationProcesses(home));
  await stopAll([...serverProcesses(home), ...consortiumProcesses(home)]);
}
