/** How long to go on with a message that is not taken. */
const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 3_600_000;
export const MOST_ATTEMPTS = 20;
export const LONGEST_LIFE_MS = 24 * 3_600_000;

/**
 * When to try again after the nth attempt: twice as long each time, up to an hour, and a random part of it, so that what
 * failed together does not come back together.
 *
 * @param random from 0 up to but without 1
 */
export function retryAt(attempt: number, now: number, random: number): number {
  const most = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1));
  return now + Math.ceil(most * (0.5 + random / 2));
}

/** The one form of an instant that is sent (RFC 9110 section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Until when an endpoint asks to be left alone (`Retry-After`, RFC 9110 section 10.2.3: seconds, or an instant). Never for longer
 * than an hour: an endpoint in the wrong hands would otherwise keep its messages back for years, and people from knowing.
 *
 * @returns undefined where it asks nothing that can be understood, or nothing at all by now
 */
export function askedUntil(retryAfter: string, now: number): number | undefined {
  const text = retryAfter.trim();
  const until = /^\d{1,15}$/.test(text) ? now + Number(text) * 1_000 : dateOf(text);
  return until > now ? Math.min(until, now + LONGEST_WAIT_MS) : undefined;
}

function dateOf(text: string): number {
  return HTTP_DATE.test(text) ? Date.parse(text) : NaN;
}

/** By when what is given up on unsent was made and due: old messages that are due for longer than any attempt waits. */
export function staleness(now: number): { madeBefore: number; dueBefore: number } {
  return { madeBefore: now - LONGEST_LIFE_MS, dueBefore: now - LONGEST_WAIT_MS };
}

/** Whether a message that was not taken is given up on. */
export function isHopeless(
  { attempts, createdAt }: { attempts: number; createdAt: number },
  now: number,
): boolean {
  return attempts >= MOST_ATTEMPTS || now - createdAt >= LONGEST_LIFE_MS;
}
