/**
 * One step of the schema. MariaDB commits each DDL statement by itself, so a step that was cut short is run again:
 * every statement must be harmless when it was already done (`IF NOT EXISTS`). There is no way back: a step that
 * undoes another is a new step, and data is never dropped by a migration.
 */
export interface Migration {
  readonly name: string;
  readonly statements: readonly string[];
}

/** Names are ASCII by their alphabets. Bytes decide, blanks at the end included: 'A' is not 'a', 'a' is not 'a '. */
export const NAME = 'CHARACTER SET ascii COLLATE ascii_nopad_bin';

/** For all other text. The engine and the row format are the server's defaults, said aloud. */
export const TABLE =
  'ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_nopad_bin';
