import type { ModelStatic, Sequelize } from 'sequelize';

import { type AlertRow, defineAlert } from './alert.ts';
import { type AuditLogRow, defineAuditLog } from './audit-log.ts';
import { type BatchRangeRow, defineBatchRange } from './batch-range.ts';
import { type BatchRow, defineBatch } from './batch.ts';
import { type BlockchainTransactionRow, defineBlockchainTransaction } from './blockchain-transaction.ts';
import { defineDevice, type DeviceRow } from './device.ts';
import { defineMember, type MemberRow } from './member.ts';
import { defineReading, type ReadingRow } from './reading.ts';

export interface Models {
  readonly devices: ModelStatic<DeviceRow>;
  readonly readings: ModelStatic<ReadingRow>;
  readonly batches: ModelStatic<BatchRow>;
  readonly batchRanges: ModelStatic<BatchRangeRow>;
  readonly blockchainTransactions: ModelStatic<BlockchainTransactionRow>;
  readonly alerts: ModelStatic<AlertRow>;
  readonly auditLogs: ModelStatic<AuditLogRow>;
  readonly members: ModelStatic<MemberRow>;
}

export function defineModels(sequelize: Sequelize): Models {
  return {
    devices: defineDevice(sequelize),
    readings: defineReading(sequelize),
    batches: defineBatch(sequelize),
    batchRanges: defineBatchRange(sequelize),
    blockchainTransactions: defineBlockchainTransaction(sequelize),
    alerts: defineAlert(sequelize),
    auditLogs: defineAuditLog(sequelize),
    members: defineMember(sequelize),
  };
}
