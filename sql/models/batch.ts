import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type ModelStatic,
  type Sequelize,
} from 'sequelize';

import { CREATED_AT, HASH_BYTES, INSTANT, PLAIN, UNSIGNED_BIGINT, UNSIGNED_INTEGER } from './attributes.ts';

/** A batch: its header's fields, its witness copy, and the running totals of its log up to and with it. */
export interface BatchRow extends Model<InferAttributes<BatchRow>, InferCreationAttributes<BatchRow>> {
  batchId: CreationOptional<string>;
  logId: string;
  sequence: string;
  size: number;
  readings: number;
  totalMessages: string;
  totalReadings: string;
  root: Buffer;
  /** The column `previous`; Sequelize has a method of that name. */
  previousHash: Buffer;
  rangesRoot: Buffer;
  headerHash: Buffer;
  /** Null once retention has dropped the batch's readings. */
  messages: Buffer | null;
  earliest: Date;
  latest: Date;
  createdAt: CreationOptional<Date>;
}

export function defineBatch(sequelize: Sequelize): ModelStatic<BatchRow> {
  return sequelize.define<BatchRow>(
    'Batch',
    {
      batchId: { type: UNSIGNED_BIGINT, primaryKey: true, autoIncrement: true },
      logId: { type: DataTypes.STRING(80), allowNull: false },
      sequence: { type: UNSIGNED_BIGINT, allowNull: false },
      size: { type: UNSIGNED_INTEGER, allowNull: false },
      readings: { type: UNSIGNED_INTEGER, allowNull: false },
      totalMessages: { type: UNSIGNED_BIGINT, allowNull: false },
      totalReadings: { type: UNSIGNED_BIGINT, allowNull: false },
      root: { type: HASH_BYTES, allowNull: false },
      previousHash: { type: HASH_BYTES, allowNull: false, field: 'previous' },
      rangesRoot: { type: HASH_BYTES, allowNull: false },
      headerHash: { type: HASH_BYTES, allowNull: false },
      messages: { type: DataTypes.BLOB('long'), allowNull: true },
      earliest: { type: INSTANT, allowNull: false },
      latest: { type: INSTANT, allowNull: false },
      createdAt: CREATED_AT,
    },
    { ...PLAIN, tableName: 'batches' },
  );
}
