import { type ConsortiumOptions, createConsortium, startConsortium } from '../../network/consortium.ts';
import { findFabricTools } from '../../network/fabric/tools.ts';
import type { Home } from '../../network/home/home.ts';
import { ensurePushKeys } from '../../network/notifications/push-keys.ts';
import { ensureNotifierKey } from '../../network/notifications/secrets.ts';
import { startProcess } from '../../network/processes/process-manager.ts';
import { connect, homeDatabase } from '../../sql/connect.ts';
import type { Progress } from '../cli/progress.ts';
import {
  gatewayProcess,
  guardProcess,
  ingestProcess,
  notifierProcess,
  simulatorProcess,
} from './applications.ts';
import { awaitWork } from './at-work.ts';
import { buildChaincode, buildDashboard } from './builds.ts';
import { startDatabase } from './database.ts';
import { ensurePackages, MARIADB, MOSQUITTO, SOCAT } from './debian.ts';
import { ensureDemoDevices } from './demo-devices.ts';
import { ensurePeople } from './demo-people.ts';
import { dtlsProcess } from './dtls.ts';
import { writeMosquittoFiles, mosquittoProcess } from './mosquitto.ts';

export interface PlatformOptions {
  /** Asked once the contracts are built: the folder with those that are to be deployed instead. */
  readonly contracts?: () => string;
}

/** Brings an instance from whatever state it is in to running; see each step. What waits for nothing runs side by side. */
export async function startEverything(
  home: Home,
  progress: Progress,
  options: PlatformOptions = {},
): Promise<void> {
  const packages = progress.step('Debian packages', (note) =>
    ensurePackages([MARIADB, MOSQUITTO, SOCAT], note),
  );
  const database = packages.then(() => progress.step('database', () => startDatabase(home)));
  const dashboard = progress.step('dashboard built', buildDashboard);
  const consortium = makeConsortium(home, progress, options);
  const broker = Promise.all([packages, consortium.created]).then(() =>
    progress.step('broker', () => startBroker(home)),
  );
  await Promise.all([database, dashboard, consortium.started, broker]);
  await Promise.all([
    progress.step('sign-ins', () => createPeople(home)),
    progress.step('demo devices on the ledger', () => ensureDemoDevices(home)),
  ]);
  await progress.step('ingest, gateway and simulated devices', () => startApplications(home));
}

function makeConsortium(
  home: Home,
  progress: Progress,
  { contracts: choose }: PlatformOptions,
): { created: Promise<void>; started: Promise<void> } {
  const chosen = progress
    .step('contracts built', buildChaincode)
    .then((): ConsortiumOptions => (choose === undefined ? {} : { contracts: choose() }));
  const tools = progress.step('Fabric programs', (note) => findFabricTools(note));
  const created = Promise.all([chosen, tools]).then(([options]) =>
    progress.step('keys, certificates and channels', () => createConsortium(home, () => undefined, options)),
  );
  const started = Promise.all([chosen, created]).then(([options]) =>
    progress.step('consortium', (note) => startConsortium(home, note, options)),
  );
  return { created, started };
}

async function startBroker(home: Home): Promise<void> {
  writeMosquittoFiles(home);
  await Promise.all([mosquittoProcess(home), dtlsProcess(home)].map((spec) => startProcess(home, spec)));
}

async function createPeople(home: Home): Promise<void> {
  const database = connect(homeDatabase(home, 'biot'));
  try {
    await ensurePeople(home, database);
  } finally {
    await database.close();
  }
}

async function startApplications(home: Home): Promise<void> {
  ensureNotifierKey(home);
  ensurePushKeys(home);
  await Promise.all(
    [ingestProcess(home), guardProcess(home), notifierProcess(home), gatewayProcess(home)].map((spec) =>
      startProcess(home, spec),
    ),
  );
  await startProcess(home, simulatorProcess(home));
  await awaitWork(home);
}
