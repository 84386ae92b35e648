import type { Logger } from 'pino';

import type { Command } from '../chaincode/protocol/command/command.ts';
import type { Rollout } from '../chaincode/protocol/firmware/rollout.ts';
import type { AnchorLedger } from '../network/ledger/anchors.ts';
import type { LedgerClient } from '../network/ledger/client.ts';
import type { RegistryMirror } from '../network/mirror/registry-mirror.ts';
import type { Queryable } from '../sql/query.ts';
import type { Transact } from '../sql/transaction.ts';
import type { Detectors } from './alerts/detectors.ts';
import type { CoapHandler } from './coap/exchange.ts';
import type { FirmwareParts } from './coap/firmware.ts';
import type { IngestConfig } from './config.ts';
import type { DeliverySource, Publisher } from './delivery.ts';
import { type UpkeepParts } from './store/upkeep.ts';
import type { CheckpointKeeper } from '../network/anchoring/log-tail.ts';
import { type Time } from '../network/time.ts';

/** Everything that the worker meets outside of itself. */
export interface WorkerParts extends Pick<UpkeepParts, 'maintain' | 'expire'> {
  readonly config: IngestConfig;
  readonly database: Queryable;
  readonly transact: Transact;
  readonly mirror: RegistryMirror;
  readonly client: Pick<LedgerClient, 'blocks' | 'height' | 'transactionBlock'>;
  readonly anchors: Pick<AnchorLedger, 'append' | 'checkpoint' | 'list'>;
  /** A command, and a rollout, as the ledger has them. */
  readonly command: (id: string) => Promise<Command>;
  readonly rollout: (id: string) => Promise<Rollout>;
  /** Where the log's end on the ledger is kept, for a start while the ledger is away. */
  readonly keeper?: CheckpointKeeper;
  readonly broker: DeliverySource & Publisher;
  /** Where devices without a broker send to. */
  readonly coap: CoapListener;
  /** Images of firmware, and who may have which. */
  readonly firmware: Pick<FirmwareParts, 'offers' | 'imagePart'>;
  /** The organisation of the worker's member (MSP id). */
  readonly org: string;
  /** What looks for anomalies. */
  readonly detectors: Detectors;
  readonly log: Logger;
  readonly time: Time;
}

/** Opens a port for CoAP, with what is found there. @returns what closes it */
export type CoapListener = (resources: CoapHandler) => Promise<() => Promise<void>>;
