import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { PRIVATE_FOLDER } from '../../network/home/files.ts';
import type { Home } from '../../network/home/home.ts';
import { socketProbe } from '../../network/processes/probes.ts';
import type { ProcessSpec } from '../../network/processes/process-spec.ts';
import { run } from '../../network/processes/run.ts';
import { requireProgram } from './debian.ts';

/** Owns the database and runs migrations. */
export const OWNER = 'biot';

/** A unix socket's path has at most 107 bytes (sockaddr_un, unix(7)). */
const LONGEST_SOCKET_PATH = 107;

export function databaseSocket(home: Home): string {
  return home.path('run', 'mariadb.sock');
}

function dataFolder(home: Home): string {
  return home.path('data', 'mariadb');
}

/** Makes the data folder when there is none; a crash midway leaves nothing that looks like one. */
export async function createDatabase(home: Home): Promise<void> {
  const socket = databaseSocket(home);
  if (Buffer.byteLength(socket) > LONGEST_SOCKET_PATH) {
    throw new BiotError('SETUP_FAILED', `${socket} is too long for a socket: choose a shorter BIOT_HOME`);
  }
  if (existsSync(dataFolder(home))) return;
  const draft = `${dataFolder(home)}.draft`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true, mode: PRIVATE_FOLDER });
  await run(requireProgram('mariadb-install-db'), [
    '--no-defaults',
    `--datadir=${draft}`,
    `--user=${userInfo().username}`,
    '--auth-root-authentication-method=socket',
    `--auth-root-socket-user=${userInfo().username}`,
    '--skip-test-db',
    '--skip-name-resolve',
  ]);
  renameSync(draft, dataFolder(home));
}

/** A server of our own, reached by its socket only: no TCP port that somebody could try passwords on. */
export function mariadbProcess(home: Home): ProcessSpec {
  return {
    name: 'mariadb',
    command: requireProgram('mariadbd'),
    args: [
      '--no-defaults',
      `--user=${userInfo().username}`,
      `--datadir=${dataFolder(home)}`,
      `--socket=${databaseSocket(home)}`,
      `--pid-file=${home.path('run', 'mariadb.pid')}`,
      '--skip-networking',
      '--skip-name-resolve',
      '--character-set-server=utf8mb4',
      '--default-time-zone=+00:00',
      '--sql-mode=STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',
      '--innodb-buffer-pool-size=256M',
      '--innodb-log-file-size=128M',
      // What is acknowledged has to be on the disk: one flush a commit, whatever it costs.
      '--innodb-flush-log-at-trx-commit=1',
      '--max-allowed-packet=64M',
      '--performance-schema=OFF',
    ],
    env: {},
    port: null,
    ready: socketProbe(databaseSocket(home)),
    stopWithinMs: 60_000,
  };
}
