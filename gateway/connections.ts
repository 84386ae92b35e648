/** The servers that the gateway is connected to, none of which need be there yet. */
import { readFileSync } from 'node:fs';

import type { Logger } from 'pino';

import type { Anchored } from '../chaincode/protocol/receipt.ts';
import { checkpointKeeper } from '../network/anchoring/checkpoint-keeper.ts';
import { OwnLog } from '../network/anchoring/own-log.ts';
import type { Home } from '../network/home/home.ts';
import { anchorLedger } from '../network/ledger/anchors.ts';
import { connectLedger, type LedgerClient } from '../network/ledger/client.ts';
import { memberConnection } from '../network/ledger/member-connection.ts';
import { type RegistryMirror, startMirror } from '../network/mirror/registry-mirror.ts';
import { credentialsIn } from '../network/pki/credentials.ts';
import { systemTime } from '../network/time.ts';
import { connect, type Database, homeDatabase } from '../sql/connect.ts';
import { transactions } from '../sql/transaction.ts';
import { BrokerClient } from './broker/broker-client.ts';
import type { GatewayConfig } from './config.ts';
import type { Metrics } from './metrics.ts';
import { LOOPBACK } from './servers.ts';

export interface Connections {
  readonly database: Database;
  readonly service: LedgerClient;
  readonly mirror: RegistryMirror;
  readonly broker: BrokerClient;
  /** The log that bears the gateway's name: the audit trail of what people do here. */
  readonly ownLog: OwnLog;
  /** Who is told when headers of that log were committed. */
  readonly onAnchored: Set<(anchored: Anchored) => void>;
}

/** As many changes as people make in it go to the ledger in one transaction. */
const ANCHOR_INTERVAL_MS = 500;

interface Materials {
  config: GatewayConfig;
  metrics: Metrics;
  log: Logger;
}

export function connectAll(home: Home, { config, metrics, log }: Materials): Connections {
  const { member, silenceBoundMs } = config;
  const database = connect(homeDatabase(home, 'biot_gateway'));
  const service = connectLedger(memberConnection(home, member));
  const mirror = startMirror({
    client: service,
    channel: 'registry',
    silenceBoundMs,
    snapshotFile: home.path('data', 'gateway', 'registry.json'),
    log: log.child({ module: 'mirror' }),
  });
  const onAnchored: Connections['onAnchored'] = new Set();
  const ownLog = new OwnLog({
    logId: member,
    database: database.pool,
    transact: transactions(database.pool),
    client: service,
    anchors: anchorLedger(service),
    keeper: checkpointKeeper(home.path('data', 'gateway', 'log-checkpoint.json'), member),
    intervalMs: ANCHOR_INTERVAL_MS,
    announce: (anchored) => {
      for (const tell of onAnchored) tell(anchored);
    },
    metrics,
    log,
    time: systemTime,
  });
  return { database, service, mirror, broker: connectBroker(home, log), ownLog, onAnchored };
}

export async function closeAll({ database, service, mirror, broker, ownLog }: Connections): Promise<void> {
  await ownLog.stop();
  await Promise.all([mirror.close(), broker.close(), database.close()]);
  service.close();
}

function connectBroker(home: Home, log: Logger): BrokerClient {
  const { certificateFile, keyFile } = credentialsIn(home.path('pki', 'gateway-mqtt'));
  return new BrokerClient({
    url: `mqtts://${LOOPBACK}:${home.ports.mqttInternal}`,
    authority: readFileSync(home.path('pki', 'platform-ca', 'cert.pem'), 'utf8'),
    certificate: readFileSync(certificateFile, 'utf8'),
    key: readFileSync(keyFile, 'utf8'),
    log: log.child({ module: 'broker' }),
  });
}
