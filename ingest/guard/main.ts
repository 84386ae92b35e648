/**
 * The guard of the devices' broker as a process of its own: it alone has the key of the devices' authority, which must
 * not lie where messages from outside are handled. So it also issues the devices' certificates, for the gateway, and
 * only for keys that the ledger holds.
 */
import { readFileSync } from 'node:fs';
import type { Server } from 'node:https';
import { type Logger, pino } from 'pino';

import { type Home, openHome } from '../../network/home/home.ts';
import { stopWhenTold } from '../../network/processes/stop-when-told.ts';
import { connectLedger } from '../../network/ledger/client.ts';
import { memberConnection } from '../../network/ledger/member-connection.ts';
import { type RegistryMirror, startMirror } from '../../network/mirror/registry-mirror.ts';
import { credentialsIn } from '../../network/pki/credentials.ts';
import { openDevicesAuthority } from '../../network/pki/devices.ts';
import { revocationListFile } from '../../network/pki/pki.ts';
import { findLive, readRecord } from '../../network/processes/process-record.ts';
import { BrokerGuard } from './broker-guard.ts';
import { type GuardConfig, readConfig } from './config.ts';
import { Issuer } from './issuer.ts';
import { issuerServer } from './issuer-server.ts';
import { Mosquitto } from './mosquitto.ts';

const BROKER = 'mosquitto';
/**
 * How old the copy of the registry may be to issue certificates by. Whom to turn away it does not matter for: the guard
 * acts on what comes, whenever it comes.
 */
const SILENCE_BOUND_MS = 5_000;

function after(milliseconds: number, action: () => void): () => void {
  const timer = setTimeout(action, milliseconds);
  return () => {
    clearTimeout(timer);
  };
}

function read(file: string): string {
  return readFileSync(file, 'utf8');
}

function issuing(home: Home, mirror: RegistryMirror, log: Logger): Server {
  const { certificateFile, keyFile } = credentialsIn(home.path('pki', 'guard-issuer'));
  const authority = openDevicesAuthority(home);
  return issuerServer({
    issuer: new Issuer({ mirror, authority, after, log }),
    ready: () => mirror.freshness().fresh,
    credentials: {
      authority: read(home.path('pki', 'platform-ca', 'cert.pem')),
      certificate: read(certificateFile),
      key: read(keyFile),
    },
    log,
  });
}

function broker(home: Home): Mosquitto {
  const { certificateFile, keyFile } = credentialsIn(home.path('pki', 'guard'));
  return new Mosquitto({
    authority: openDevicesAuthority(home),
    revocationListFile: revocationListFile(home),
    process: () => {
      const record = readRecord(home, BROKER);
      return record === undefined || findLive(record) === undefined ? undefined : record.pid;
    },
    endpoint: {
      port: home.ports.mqttInternal,
      authority: read(home.path('pki', 'platform-ca', 'cert.pem')),
      certificate: read(certificateFile),
      key: read(keyFile),
    },
  });
}

/** @returns what stops it */
function run(home: Home, config: GuardConfig, log: Logger): () => Promise<void> {
  const client = connectLedger(memberConnection(home, config.member));
  const mirror = startMirror({
    client,
    channel: 'registry',
    silenceBoundMs: SILENCE_BOUND_MS,
    snapshotFile: home.path('data', 'guard', 'registry-mirror.json'),
    log: log.child({ module: 'mirror' }),
  });
  const guard = new BrokerGuard({
    mirror,
    broker: broker(home),
    now: () => Date.now(),
    after,
    log,
  });
  const server = issuing(home, mirror, log.child({ module: 'issuer' }));
  server.once('error', (error) => {
    // Without its port the guard is half a guard: whoever runs it has to know.
    log.fatal({ err: error, port: home.ports.issuer }, 'cannot listen');
    process.exit(1);
  });
  server.listen(home.ports.issuer, '127.0.0.1');
  const started = mirror.ready().then(
    () => guard.start(),
    (error: unknown) => {
      log.warn({ err: error }, 'stopped before the ledger was heard of');
    },
  );
  return async () => {
    server.close();
    server.closeIdleConnections();
    await mirror.close();
    await started;
    await guard.stop();
    client.close();
  };
}

function main(): void {
  const home = openHome();
  const config = readConfig(process.env);
  const log = pino({ name: 'guard', level: config.logLevel });
  const stop = run(home, config, log);
  stopWhenTold(stop, log);
}

try {
  main();
} catch (error) {
  process.stderr.write(`guard cannot start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
