import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type ModelStatic,
  type Sequelize,
} from 'sequelize';

import { CREATED_AT, PLAIN } from './attributes.ts';

/** A person who signs in. */
export interface MemberRow extends Model<InferAttributes<MemberRow>, InferCreationAttributes<MemberRow>> {
  name: string;
  role: string;
  org: string;
  /** argon2id, in the PHC string format. */
  passwordHash: string;
  /** PEM */
  certificate: string;
  /** The private key, encrypted under a key that is derived from the password. */
  sealedKey: string;
  createdAt: CreationOptional<Date>;
}

export function defineMember(sequelize: Sequelize): ModelStatic<MemberRow> {
  return sequelize.define<MemberRow>(
    'Member',
    {
      name: { type: DataTypes.STRING(80), primaryKey: true },
      role: { type: DataTypes.STRING(32), allowNull: false },
      org: { type: DataTypes.STRING(64), allowNull: false },
      passwordHash: { type: DataTypes.STRING(255), allowNull: false },
      certificate: { type: DataTypes.TEXT, allowNull: false },
      sealedKey: { type: DataTypes.TEXT, allowNull: false },
      createdAt: CREATED_AT,
    },
    { ...PLAIN, tableName: 'members' },
  );
}
