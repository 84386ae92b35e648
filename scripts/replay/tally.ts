import type { DeviceEvents } from '../../ingest/device/device-client.ts';
import type { KeptMessage } from '../../ingest/device/device-store.ts';

/** What became of the messages that came from one file, and what stands in their way. */
export class Tally {
  /** Messages that were sent at least once in this run. */
  sent = 0;
  receipted = 0;
  /** Refused for good, by code. */
  readonly refused: Record<string, number> = {};
  /** Why nothing gets on at present; empty when it does. */
  trouble = '';
  /** When anything was last settled, by the clock. */
  settledAt: number;

  readonly #key: string;
  readonly #clock: () => number;
  #highest = 0;

  /** @param key the note that the file's messages were made with */
  constructor(key: string, clock: () => number) {
    this.#key = key;
    this.#clock = clock;
    this.settledAt = clock();
  }

  readonly events: Partial<DeviceEvents> = {
    sent: (message) => {
      // Numbers ascend, so a message that is sent again is known by its number.
      if (!this.#isOurs(message) || message.seq <= this.#highest) return;
      this.#highest = message.seq;
      this.sent += 1;
    },
    committed: (messages) => {
      this.receipted += messages.filter((message) => this.#isOurs(message)).length;
      this.#settled();
    },
    refused: ({ code }, message) => {
      if (message !== undefined && this.#isOurs(message)) this.refused[code] = (this.refused[code] ?? 0) + 1;
      this.#settled();
    },
    postponed: ({ code, message }) => {
      this.trouble = `${code}: ${message}`;
    },
    disconnected: ({ message }) => {
      this.trouble = `no connection to the broker: ${message}`;
    },
  };

  #isOurs({ origin }: KeptMessage): boolean {
    return origin === this.#key;
  }

  #settled(): void {
    this.trouble = '';
    this.settledAt = this.#clock();
  }
}
