import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type ModelStatic,
  type Sequelize,
} from 'sequelize';

import { AUDIT_OUTCOMES, type AuditOutcome } from '../../chaincode/protocol/audit-entry.ts';
import { CREATED_AT, PLAIN, UNSIGNED_BIGINT } from './attributes.ts';

/** Who did what, and what came of it. */
export interface AuditLogRow extends Model<
  InferAttributes<AuditLogRow>,
  InferCreationAttributes<AuditLogRow>
> {
  logId: string;
  deviceId: CreationOptional<string | null>;
  tenant: CreationOptional<string | null>;
  actor: string;
  org: CreationOptional<string | null>;
  action: string;
  outcome: AuditOutcome;
  subject: CreationOptional<string | null>;
  details: unknown;
  address: CreationOptional<string | null>;
  blockchainHash: CreationOptional<string | null>;
  createdAt: CreationOptional<Date>;
}

export function defineAuditLog(sequelize: Sequelize): ModelStatic<AuditLogRow> {
  return sequelize.define<AuditLogRow>(
    'AuditLog',
    {
      logId: { type: UNSIGNED_BIGINT, primaryKey: true },
      deviceId: { type: DataTypes.STRING(64), allowNull: true },
      tenant: { type: DataTypes.STRING(32), allowNull: true },
      actor: { type: DataTypes.STRING(100), allowNull: false },
      org: { type: DataTypes.STRING(64), allowNull: true },
      action: { type: DataTypes.STRING(64), allowNull: false },
      outcome: { type: DataTypes.ENUM(...AUDIT_OUTCOMES), allowNull: false },
      subject: { type: DataTypes.STRING(200), allowNull: true },
      details: { type: DataTypes.JSON, allowNull: false },
      address: { type: DataTypes.STRING(64), allowNull: true },
      blockchainHash: { type: DataTypes.CHAR(64), allowNull: true },
      createdAt: CREATED_AT,
    },
    { ...PLAIN, tableName: 'audit_logs' },
  );
}
