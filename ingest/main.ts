/** The ingest worker as a process: its parts are made here from configuration and home, and put together. */
import { readFileSync } from 'node:fs';
import type { Server } from 'node:https';
import { type Logger, pino } from 'pino';

import { BiotError } from '../chaincode/protocol/errors.ts';
import {
  ANSWER_SUBSCRIPTION,
  PRESENCE_SUBSCRIPTION,
  REPORTED_SUBSCRIPTION,
  RELAY_SUBSCRIPTION,
  REPORT_SUBSCRIPTION,
  TELEMETRY_SUBSCRIPTION,
} from '../chaincode/protocol/topics.ts';
import { Offers } from '../network/firmware/offers.ts';
import { type Home, openHome } from '../network/home/home.ts';
import { stopWhenTold } from '../network/processes/stop-when-told.ts';
import { anchorLedger } from '../network/ledger/anchors.ts';
import { firmwareLedger } from '../network/ledger/firmware.ts';
import { commandLedger } from '../network/ledger/commands.ts';
import { connectLedger } from '../network/ledger/client.ts';
import { memberConnection } from '../network/ledger/member-connection.ts';
import { rolloutLedger } from '../network/ledger/rollouts.ts';
import { startMirror } from '../network/mirror/registry-mirror.ts';
import { credentialsIn } from '../network/pki/credentials.ts';
import { connectPool, homeDatabase } from '../sql/connect.ts';
import { dropReadings } from '../sql/expiry.ts';
import { maintainPartitions } from '../sql/partition-maintenance.ts';
import { transactions } from '../sql/transaction.ts';
import { Detectors } from './alerts/detectors.ts';
import { CoapEndpoint } from './coap/endpoint.ts';
import { imagePart } from './coap/image-part.ts';
import { type IngestConfig, readConfig } from './config.ts';
import { BrokerLink } from './mqtt/broker-link.ts';
import { tlsConnector } from './mqtt/tls-connector.ts';
import { operationsServer } from './operations/operations-server.ts';
import { checkpointKeeper } from '../network/anchoring/checkpoint-keeper.ts';
import { systemTime } from '../network/time.ts';
import { TypeExpiry } from './store/type-expiry.ts';
import { Worker } from './worker.ts';

const SERVICE = 'ingest-1';
const MONTHS_AHEAD = 3;

interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

function readCertificate(home: Home): Certificate {
  const { certificateFile, keyFile } = credentialsIn(home.path('pki', SERVICE));
  return { certificate: readFileSync(certificateFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
}

function connectBroker(home: Home, certificate: Certificate, log: Logger): BrokerLink {
  const authority = readFileSync(home.path('pki', 'platform-ca', 'cert.pem'), 'utf8');
  return new BrokerLink({
    clientId: SERVICE,
    subscriptions: [
      TELEMETRY_SUBSCRIPTION,
      RELAY_SUBSCRIPTION,
      ANSWER_SUBSCRIPTION,
      REPORT_SUBSCRIPTION,
      PRESENCE_SUBSCRIPTION,
      REPORTED_SUBSCRIPTION,
    ],
    connect: tlsConnector({ port: home.ports.mqttInternal, authority, ...certificate }),
    log: log.child({ module: 'broker' }),
  });
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}

/** @returns what stops it */
async function run(home: Home, config: IngestConfig, log: Logger): Promise<() => Promise<void>> {
  const certificate = readCertificate(home);
  const pool = connectPool(homeDatabase(home, 'biot_ingest'));
  const maintenance = connectPool({ ...homeDatabase(home, 'biot_maintenance'), connections: 1 });
  const connection = memberConnection(home, config.member);
  const client = connectLedger(connection);
  const mirror = startMirror({
    client,
    channel: 'registry',
    silenceBoundMs: config.silenceBoundMs,
    snapshotFile: home.path('data', 'ingest', 'registry-mirror.json'),
    log: log.child({ module: 'mirror' }),
  });
  const expiry = new TypeExpiry({
    mirror,
    now: () => systemTime.now(),
    drop: (due, most) => dropReadings(maintenance, due, most),
  });
  const broker = connectBroker(home, certificate, log);
  const worker = new Worker({
    config,
    database: pool,
    transact: transactions(pool),
    mirror,
    client,
    anchors: anchorLedger(client),
    command: (id) => commandLedger(client).get(id),
    rollout: (id) => rolloutLedger(client).get(id),
    keeper: checkpointKeeper(home.path('data', 'ingest', 'log-checkpoint.json'), config.member),
    broker,
    detectors: new Detectors(home.path('data', 'ingest', 'detectors.json')),
    coap: async (handle) => {
      const endpoint = new CoapEndpoint({
        handle,
        time: systemTime,
        onError: (error) => {
          log.error({ module: 'coap', err: error }, 'a CoAP request could not be handled');
        },
      });
      await endpoint.listen(home.ports.coap);
      return () => endpoint.close();
    },
    firmware: {
      offers: new Offers(firmwareLedger(client), () => systemTime.now()),
      imagePart: (id, part) => imagePart(home.path('data', 'firmware'), id, part),
    },
    org: connection.identity.mspId,
    maintain: async (onExpire) => {
      const settings = { retentionDays: config.retentionDays, monthsAhead: MONTHS_AHEAD, onExpire };
      const changes = await maintainPartitions(maintenance, Date.now(), settings);
      log.info({ changes }, 'partitions are in order');
    },
    expire: async (onExpire) => {
      const dropped = await expiry.round(onExpire);
      worker.metrics.expired.inc(dropped);
      if (dropped > 0) log.info({ dropped }, 'readings have expired by their types');
    },
    log,
    time: systemTime,
  });
  worker.metrics.observeLink(broker.counters);
  const server = operationsServer(
    {
      registry: worker.metrics.registry,
      checks: worker.checks,
      reasons: () => worker.troubles.reasons(),
    },
    certificate,
  );
  await listen(server, home.ports.ingestOperations);
  const started = worker.start().then(
    () => {
      log.info('taking telemetry');
    },
    (error: unknown) => {
      log.warn({ err: error }, 'stopped before the ledger was heard of');
    },
  );
  return async () => {
    await worker.stop();
    await mirror.close();
    await started;
    client.close();
    server.close();
    server.closeAllConnections();
    await Promise.all([pool.end(), maintenance.end()]);
  };
}

async function main(): Promise<void> {
  const home = openHome();
  const config = readConfig(process.env);
  const log = pino({ name: 'ingest', level: config.logLevel });
  const stop = await run(home, config, log);
  stopWhenTold(stop, log);
}

main().catch((error: unknown) => {
  const reason = error instanceof BiotError || error instanceof Error ? error.message : String(error);
  process.stderr.write(`ingest cannot start: ${reason}\n`);
  // What was begun before it failed would keep the process alive.
  process.exit(1);
});
