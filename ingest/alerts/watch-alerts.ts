import type { AlertNews } from '../../chaincode/protocol/alerts/alert.ts';
import { alertNewsTopic } from '../../chaincode/protocol/topics.ts';
import type { RegistryMirror } from '../../network/mirror/registry-mirror.ts';
import type { Queryable } from '../../sql/query.ts';
import type { Transact } from '../../sql/transaction.ts';
import type { DeliverySource, Publisher } from '../delivery.ts';
import { AlertDesk } from './alert-desk.ts';
import { databaseAlertStore } from './alert-store.ts';
import { AlertWatch } from './alert-watch.ts';
import type { Detectors } from './detectors.ts';

interface WatchAlertsParts {
  /** The log that the worker writes. */
  readonly logId: string;
  readonly database: Queryable;
  readonly transact: Transact;
  readonly mirror: RegistryMirror;
  readonly broker: Pick<DeliverySource, 'connected'> & Publisher;
  readonly detectors: Detectors;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}

/** The watch over what a worker stores, on its database and its broker. */
export function watchAlerts({
  logId,
  database,
  transact,
  mirror,
  broker,
  detectors,
  now,
}: WatchAlertsParts): AlertWatch {
  const tell = (news: AlertNews): void => {
    broker.publish(alertNewsTopic(news.tenant), JSON.stringify(news), { qos: 0 });
  };
  return new AlertWatch({
    store: databaseAlertStore(database, logId),
    desk: new AlertDesk({ logId, transact, tell, now }),
    detectors,
    mirror,
    connected: () => broker.connected(),
    now,
  });
}
