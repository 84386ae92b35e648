import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type ModelStatic,
  type Sequelize,
} from 'sequelize';

import { CREATED_AT, INSTANT, PLAIN, UNSIGNED_BIGINT } from './attributes.ts';

/** `sealed`: to be anchored. `submitted`: its transaction is known. `committed`: in a block. */
export const ANCHOR_STATES = ['sealed', 'submitted', 'committed'] as const;
export type AnchorState = (typeof ANCHOR_STATES)[number];

/** The outbox: one row a batch, and what the ledger made of it. */
export interface BlockchainTransactionRow extends Model<
  InferAttributes<BlockchainTransactionRow>,
  InferCreationAttributes<BlockchainTransactionRow>
> {
  txId: CreationOptional<string>;
  deviceId: CreationOptional<string | null>;
  batchId: CreationOptional<string | null>;
  logId: CreationOptional<string | null>;
  sequence: CreationOptional<string | null>;
  txHash: CreationOptional<string | null>;
  status: AnchorState;
  blockNumber: CreationOptional<string | null>;
  createdAt: CreationOptional<Date>;
  updatedAt: CreationOptional<Date>;
}

export function defineBlockchainTransaction(sequelize: Sequelize): ModelStatic<BlockchainTransactionRow> {
  return sequelize.define<BlockchainTransactionRow>(
    'BlockchainTransaction',
    {
      txId: { type: UNSIGNED_BIGINT, primaryKey: true, autoIncrement: true },
      deviceId: { type: DataTypes.STRING(64), allowNull: true },
      batchId: { type: UNSIGNED_BIGINT, allowNull: true },
      logId: { type: DataTypes.STRING(80), allowNull: true },
      sequence: { type: UNSIGNED_BIGINT, allowNull: true },
      txHash: { type: DataTypes.CHAR(64), allowNull: true },
      status: { type: DataTypes.ENUM(...ANCHOR_STATES), allowNull: false },
      blockNumber: { type: UNSIGNED_BIGINT, allowNull: true },
      createdAt: CREATED_AT,
      updatedAt: { type: INSTANT, allowNull: false, defaultValue: () => new Date() },
    },
    { ...PLAIN, tableName: 'blockchain_tx' },
  );
}
