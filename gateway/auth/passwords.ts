import { hash, hashRaw, verify } from '@node-rs/argon2';

/**
 * argon2id with the parameters that OWASP's Password Storage Cheat Sheet names first: 19 MiB, two passes, one lane.
 * (The library's default algorithm is argon2id; its enumeration cannot be imported under isolated modules.)
 */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 } as const;

/** @returns a PHC string (`$argon2id$v=19$…`) with a salt of its own */
export function hashPassword(password: string): Promise<string> {
  return hash(password, PARAMETERS);
}

/** False for a wrong password, and for a stored hash that is no hash. */
export async function matchesPassword(passwordHash: string, password: string): Promise<boolean> {
  try {
    return await verify(passwordHash, password);
  } catch {
    return false;
  }
}

/** A 256-bit key that only the password gives. */
export function keyFromPassword(password: string, salt: Uint8Array): Promise<Buffer> {
  return hashRaw(password, { ...PARAMETERS, salt });
}
