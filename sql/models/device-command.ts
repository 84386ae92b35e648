import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type ModelStatic,
  type Sequelize,
} from 'sequelize';

import { CREATED_AT, INSTANT, PLAIN } from './attributes.ts';

/** A command for a device, with what became of it. */
export interface DeviceCommandRow extends Model<
  InferAttributes<DeviceCommandRow>,
  InferCreationAttributes<DeviceCommandRow>
> {
  commandId: string;
  deviceId: string;
  tenant: string;
  type: string;
  payload: unknown;
  status: string;
  executedAt: CreationOptional<Date | null>;
  createdAt: CreationOptional<Date>;
}

export function defineDeviceCommand(sequelize: Sequelize): ModelStatic<DeviceCommandRow> {
  return sequelize.define<DeviceCommandRow>(
    'DeviceCommand',
    {
      commandId: { type: DataTypes.STRING(64), primaryKey: true },
      deviceId: { type: DataTypes.STRING(64), allowNull: false },
      tenant: { type: DataTypes.STRING(32), allowNull: false },
      type: { type: DataTypes.STRING(64), allowNull: false },
      payload: { type: DataTypes.JSON, allowNull: false },
      status: { type: DataTypes.STRING(32), allowNull: false },
      executedAt: { type: INSTANT, allowNull: true },
      createdAt: CREATED_AT,
    },
    { ...PLAIN, tableName: 'device_commands' },
  );
}
