import { databaseError } from '../errors.ts';
import type { Models } from '../models/index.ts';

/** A person who signs in. */
export interface StoredMember {
  readonly name: string;
  /** argon2id, in the PHC string format. */
  readonly passwordHash: string;
  /** PEM */
  readonly certificate: string;
  /** The private key, encrypted under a key that is derived from the password. */
  readonly sealedKey: string;
}

/** @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function findMember(
  { members }: Pick<Models, 'members'>,
  name: string,
): Promise<StoredMember | undefined> {
  const row = await members.findByPk(name).catch((error: unknown) => {
    throw databaseError(error);
  });
  if (row === null) return undefined;
  const { passwordHash, certificate, sealedKey } = row;
  return { name: row.name, passwordHash, certificate, sealedKey };
}

/** A person as far as others may know. */
export type ListedMember = Pick<StoredMember, 'name' | 'certificate'>;

/** In the order of their names. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL */
export async function listMembers({ members }: Pick<Models, 'members'>): Promise<ListedMember[]> {
  const rows = await members
    .findAll({ attributes: ['name', 'certificate'], order: ['name'] })
    .catch((error: unknown) => {
      throw databaseError(error);
    });
  return rows.map(({ name, certificate }) => ({ name, certificate }));
}
