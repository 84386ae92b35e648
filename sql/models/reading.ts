import {
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type ModelStatic,
  type Sequelize,
} from 'sequelize';

import { INSTANT, PLAIN, UNSIGNED_BIGINT, UNSIGNED_INTEGER } from './attributes.ts';

/** One value of a message. Ids and sequence numbers are 64-bit: decimal text. Written by bulk statements only. */
export interface ReadingRow extends Model<InferAttributes<ReadingRow>, InferCreationAttributes<ReadingRow>> {
  telemetryId: string;
  tenant: string;
  deviceId: string;
  epoch: number;
  seq: string;
  sensorType: string;
  value: number;
  timestamp: Date;
}

export function defineReading(sequelize: Sequelize): ModelStatic<ReadingRow> {
  return sequelize.define<ReadingRow>(
    'Reading',
    {
      telemetryId: { type: UNSIGNED_BIGINT, primaryKey: true },
      tenant: { type: DataTypes.STRING(32), allowNull: false },
      deviceId: { type: DataTypes.STRING(64), allowNull: false },
      epoch: { type: UNSIGNED_INTEGER, allowNull: false },
      seq: { type: UNSIGNED_BIGINT, allowNull: false },
      sensorType: { type: DataTypes.STRING(32), allowNull: false },
      value: { type: DataTypes.DOUBLE, allowNull: false },
      timestamp: { type: INSTANT, primaryKey: true },
    },
    { ...PLAIN, tableName: 'telemetry' },
  );
}
