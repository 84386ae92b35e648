import { readingId } from '../../chaincode/protocol/reading-id.ts';
import type { Alert } from '../../sql/writers/alerts.ts';
import type { MinuteLimit } from '../../network/minute-limit.ts';
import type { Conflict, Place } from './redelivery.ts';
import type { DamagedWitness } from './stored-versions.ts';

/** Where the batch stands that was just stored. */
export interface StoredAt {
  readonly logId: string;
  readonly sequence: number;
  readonly batchId: bigint;
  readonly createdAt: number;
}

/** An alert with what it uses up of the limit, which counts once the alert is committed. */
export interface LimitedAlert {
  readonly limitKey: string;
  readonly alert: Alert;
}

/** One alert a device and minute: the first conflict of each device that has not had one. */
export function conflictAlerts(
  conflicts: readonly Conflict[],
  at: StoredAt,
  limit: MinuteLimit,
): LimitedAlert[] {
  const byDevice = new Map<string, Conflict>();
  for (const conflict of conflicts) {
    const { device } = conflict.message;
    if (!byDevice.has(device) && limit.free(device, at.createdAt)) byDevice.set(device, conflict);
  }
  return [...byDevice].map(([limitKey, conflict]) => ({ limitKey, alert: conflictAlert(conflict, at) }));
}

function conflictAlert({ message, leaf, earlier, earlierLeaf }: Conflict, at: StoredAt): Alert {
  const here = (leafHere: number): Place => ({ logId: at.logId, sequence: at.sequence, leaf: leafHere });
  return {
    device: message.device,
    tenant: message.tenant,
    type: 'SEQUENCE_CONFLICT',
    severity: 'critical',
    value: message.seq,
    details: {
      epoch: message.epoch,
      seq: message.seq,
      earlier: earlier.place ?? here(earlierLeaf ?? leaf),
      later: here(leaf),
      laterReading: readingId({ batch: at.batchId, leaf, value: 0 }).toString(),
    },
    createdAt: at.createdAt,
  };
}

/** A witness that cannot be read was changed after it was stored: at most one alert a batch and minute. */
export function damageAlerts(
  damaged: readonly DamagedWitness[],
  createdAt: number,
  limit: MinuteLimit,
): LimitedAlert[] {
  return damaged
    .map((witness) => ({ limitKey: damageKey(witness), alert: damageAlert(witness, createdAt) }))
    .filter(({ limitKey }) => limit.free(limitKey, createdAt));
}

/** Ids of devices have no blank in them, so the two kinds of keys never meet. */
function damageKey({ logId, sequence }: DamagedWitness): string {
  return `${logId} ${sequence}`;
}

function damageAlert({ logId, sequence }: DamagedWitness, createdAt: number): Alert {
  return {
    device: null,
    tenant: null,
    type: 'WITNESS_DAMAGED',
    severity: 'critical',
    value: sequence,
    details: { logId, sequence },
    createdAt,
  };
}
