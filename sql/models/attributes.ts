import { DataTypes, type ModelAttributeColumnOptions } from 'sequelize';

/** Column types that the models share. The schema itself is made by the migrations, never by `sync`. */
export const HASH_BYTES = 'BINARY(32)';
export const UNSIGNED_BIGINT = DataTypes.BIGINT.UNSIGNED;
export const UNSIGNED_INTEGER = DataTypes.INTEGER.UNSIGNED;
export const INSTANT = DataTypes.DATE(3);

/** `created_at`, which the server fills in when it is left out. */
export const CREATED_AT: ModelAttributeColumnOptions = {
  type: INSTANT,
  allowNull: false,
  field: 'created_at',
  defaultValue: () => new Date(),
};

/** For every model: our names are not pluralised, and no column is added behind our back. */
export const PLAIN = { freezeTableName: true, timestamps: false, underscored: true } as const;
