import { z } from 'zod';

/**
 * A password alone has to hold, for signing in and for the sealed key in a stolen database: NIST SP 800-63B-4 section 3.1.1.2
 * asks for 15 characters then, and for no rules about which. At most as many as signing in takes.
 */
const SHORTEST = 15;
const LONGEST = 200;

/** One text in two ways of writing it (é as one sign or two) is one password, on every keyboard: RFC 8265 section 4.2. */
const NORMAL_FORM = 'NFC';

export const passwordSchema = z.string().min(1).max(LONGEST).normalize(NORMAL_FORM);

export const newPasswordSchema = passwordSchema.min(
  SHORTEST,
  `a password has at least ${SHORTEST} characters: several words, say`,
);

/** What is the same as something that others know, or guess first, is none. @returns what is wrong with it */
export function weaknessOf(
  next: string,
  { name, current }: { name: string; current: string },
): string | undefined {
  if (next === current) return 'this is the present one: choose another';
  return next.toLowerCase().includes(name.toLowerCase())
    ? 'it contains your name: choose another'
    : undefined;
}
