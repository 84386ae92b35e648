import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type ModelStatic,
  type Sequelize,
} from 'sequelize';

import { CREATED_AT, PLAIN, UNSIGNED_BIGINT } from './attributes.ts';

/** Who did what, to which device. */
export interface AuditLogRow extends Model<
  InferAttributes<AuditLogRow>,
  InferCreationAttributes<AuditLogRow>
> {
  logId: CreationOptional<string>;
  deviceId: CreationOptional<string | null>;
  tenant: CreationOptional<string | null>;
  actor: string;
  action: string;
  details: unknown;
  blockchainHash: CreationOptional<string | null>;
  createdAt: CreationOptional<Date>;
}

export function defineAuditLog(sequelize: Sequelize): ModelStatic<AuditLogRow> {
  return sequelize.define<AuditLogRow>(
    'AuditLog',
    {
      logId: { type: UNSIGNED_BIGINT, primaryKey: true, autoIncrement: true },
      deviceId: { type: DataTypes.STRING(64), allowNull: true },
      tenant: { type: DataTypes.STRING(32), allowNull: true },
      actor: { type: DataTypes.STRING(100), allowNull: false },
      action: { type: DataTypes.STRING(64), allowNull: false },
      details: { type: DataTypes.JSON, allowNull: false },
      blockchainHash: { type: DataTypes.CHAR(64), allowNull: true },
      createdAt: CREATED_AT,
    },
    { ...PLAIN, tableName: 'audit_logs' },
  );
}
