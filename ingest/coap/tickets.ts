import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** As long as the slowest of devices takes for the largest of images, or almost: then it asks for another one. */
const LIFETIME_MS = 60 * 60_000;
const FORM = /^([0-9a-z]{1,10})\.([A-Za-z0-9_-]{22})\.(.{1,64})$/;

/**
 * Lets a device that has signed once ask for block after block: a ticket is for one device and one image, and of it nothing
 * is kept but the key, which is made anew at each start.
 */
export class Tickets {
  readonly #key = randomBytes(32);
  readonly #now: () => number;

  /** @param now milliseconds since the Unix epoch */
  constructor(now: () => number) {
    this.#now = now;
  }

  issue(device: string, image: string): string {
    const until = (this.#now() + LIFETIME_MS).toString(36);
    return `${until}.${this.#seal(device, image, until)}.${device}`;
  }

  /** @returns the device that it was made for; undefined when it was not made here, not for this image, or long ago */
  deviceOf(ticket: string, image: string): string | undefined {
    const [, until = '', seal = '', device = ''] = FORM.exec(ticket) ?? [];
    const expected = Buffer.from(this.#seal(device, image, until));
    const given = Buffer.from(seal);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    return Number.parseInt(until, 36) > this.#now() ? device : undefined;
  }

  /** 128 bits of it. */
  #seal(device: string, image: string, until: string): string {
    const hmac = createHmac('sha256', this.#key).update(`${until} ${image} ${device}`);
    return hmac.digest().subarray(0, 16).toString('base64url');
  }
}
