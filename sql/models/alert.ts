import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type ModelStatic,
  type Sequelize,
} from 'sequelize';

import { SEVERITIES, type Severity } from '../../chaincode/protocol/alerts/severity.ts';
import { CREATED_AT, PLAIN, UNSIGNED_BIGINT } from './attributes.ts';

/** Something that a person should look at. The columns of its life are read and written by `queries` and `writers` alone. */
export interface AlertRow extends Model<InferAttributes<AlertRow>, InferCreationAttributes<AlertRow>> {
  alertId: CreationOptional<string>;
  deviceId: CreationOptional<string | null>;
  tenant: CreationOptional<string | null>;
  type: string;
  severity: Severity;
  value: CreationOptional<number | null>;
  details: unknown;
  createdAt: CreationOptional<Date>;
}

export function defineAlert(sequelize: Sequelize): ModelStatic<AlertRow> {
  return sequelize.define<AlertRow>(
    'Alert',
    {
      alertId: { type: UNSIGNED_BIGINT, primaryKey: true, autoIncrement: true },
      deviceId: { type: DataTypes.STRING(64), allowNull: true },
      tenant: { type: DataTypes.STRING(32), allowNull: true },
      type: { type: DataTypes.STRING(64), allowNull: false },
      severity: { type: DataTypes.ENUM(...SEVERITIES), allowNull: false },
      value: { type: DataTypes.DOUBLE, allowNull: true },
      details: { type: DataTypes.JSON, allowNull: false },
      createdAt: CREATED_AT,
    },
    { ...PLAIN, tableName: 'alerts' },
  );
}
