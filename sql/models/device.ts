import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type ModelStatic,
  type Sequelize,
} from 'sequelize';

import { DEVICE_STATUSES, type DeviceStatus } from '../../chaincode/protocol/device.ts';
import { INSTANT, PLAIN, UNSIGNED_INTEGER } from './attributes.ts';

/** A device as the ledger has it, with the instant of its last stored message. */
export interface DeviceRow extends Model<InferAttributes<DeviceRow>, InferCreationAttributes<DeviceRow>> {
  deviceId: string;
  tenant: string;
  /** The transaction of the last change. */
  blockchainId: string;
  type: string;
  org: string;
  status: DeviceStatus;
  epoch: number;
  createdAt: Date;
  updatedAt: Date;
  lastSeen: CreationOptional<Date | null>;
}

export function defineDevice(sequelize: Sequelize): ModelStatic<DeviceRow> {
  return sequelize.define<DeviceRow>(
    'Device',
    {
      deviceId: { type: DataTypes.STRING(64), primaryKey: true },
      tenant: { type: DataTypes.STRING(32), allowNull: false },
      blockchainId: { type: DataTypes.CHAR(64), allowNull: false },
      type: { type: DataTypes.STRING(32), allowNull: false },
      org: { type: DataTypes.STRING(64), allowNull: false },
      status: { type: DataTypes.ENUM(...DEVICE_STATUSES), allowNull: false },
      epoch: { type: UNSIGNED_INTEGER, allowNull: false },
      createdAt: { type: INSTANT, allowNull: false },
      updatedAt: { type: INSTANT, allowNull: false },
      lastSeen: { type: INSTANT, allowNull: true },
    },
    { ...PLAIN, tableName: 'devices' },
  );
}
