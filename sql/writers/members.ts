import { execute, type Queryable } from '../query.ts';

export interface PasswordReplacement {
  readonly name: string;
  /** The sealed key that is replaced. */
  readonly former: string;
  /** argon2id, in the PHC string format. */
  readonly passwordHash: string;
  /** The private key, encrypted under a key that is derived from the new password. */
  readonly sealedKey: string;
}

/**
 * One statement, so that no crash leaves a password that opens nothing. A row that was written anew meanwhile stays as it is:
 * its key may be another one.
 *
 * @returns whether the row was found as it was
 * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL
 */
export async function replacePassword(
  database: Queryable,
  { name, former, passwordHash, sealedKey }: PasswordReplacement,
): Promise<boolean> {
  const { affectedRows } = await execute(
    database,
    'UPDATE members SET password_hash = ?, sealed_key = ? WHERE name = ? AND sealed_key = ?',
    [passwordHash, sealedKey, name, former],
  );
  return affectedRows === 1;
}
