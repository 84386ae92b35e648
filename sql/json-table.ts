import { NAME } from './migrations/migration.ts';

/** Types of columns, as they have to be to meet those of our tables. */
export const COMMAND_ID = `CHAR(36) ${NAME}`;
export const DEVICE_ID = `VARCHAR(64) ${NAME}`;
export const STATE = `VARCHAR(32) ${NAME}`;
export const INSTANT = 'DATETIME(3)';

/**
 * Any number of rows as one value of a statement, a JSON array of objects: its text, and so the server's work to
 * understand it, is the same for one row and for a thousand.
 *
 * @param columns name, which is also that of the objects' field, to type
 */
export function jsonTable(columns: Readonly<Record<string, string>>): string {
  const paths = Object.entries(columns).map(([name, type]) => `${name} ${type} PATH '$.${name}'`);
  return `JSON_TABLE(?, '$[*]' COLUMNS (${paths.join(', ')}))`;
}
