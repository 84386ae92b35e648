import {
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type ModelStatic,
  type Sequelize,
} from 'sequelize';

import { PLAIN, UNSIGNED_BIGINT, UNSIGNED_INTEGER } from './attributes.ts';

/** Which of a device's messages a batch holds, both ends included. */
export interface BatchRangeRow extends Model<
  InferAttributes<BatchRangeRow>,
  InferCreationAttributes<BatchRangeRow>
> {
  batchId: string;
  deviceId: string;
  epoch: number;
  firstSeq: string;
  lastSeq: string;
}

export function defineBatchRange(sequelize: Sequelize): ModelStatic<BatchRangeRow> {
  return sequelize.define<BatchRangeRow>(
    'BatchRange',
    {
      batchId: { type: UNSIGNED_BIGINT, primaryKey: true },
      deviceId: { type: DataTypes.STRING(64), primaryKey: true },
      epoch: { type: UNSIGNED_INTEGER, primaryKey: true },
      firstSeq: { type: UNSIGNED_BIGINT, primaryKey: true },
      lastSeq: { type: UNSIGNED_BIGINT, allowNull: false },
    },
    { ...PLAIN, tableName: 'batch_ranges' },
  );
}
