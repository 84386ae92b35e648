import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { z } from 'zod';

import { BiotError } from '../../../chaincode/protocol/errors.ts';
import type { SignedRelease } from '../../../chaincode/protocol/firmware/release.ts';
import {
  type FirmwareNotice,
  noticeSchema,
  reportSchema,
  type UpdateReport,
} from '../../../chaincode/protocol/firmware/rollout-wire.ts';
import { Backoff } from '../backoff.ts';
import { Journal } from '../journal.ts';
import { offeredReleases } from './gateway-link.ts';
import { Reporter, type SendReport } from './reporter.ts';
import { FirmwareUpdater, type UpdateOutcome, type UpdaterOptions } from './updater.ts';

const entrySchema = z.strictObject({ notice: noticeSchema, end: reportSchema.nullable() }).nullable();
/** What the device was told last, and how that ended. */
type Entry = z.infer<typeof entrySchema>;

/** Tries to find the release, which may have been approved a moment ago. */
const MOST_TRIES = 10;
const LOOK = { first: 500, longest: 10_000 };
const MESSAGE_LENGTH = 500;

/**
 * Takes notices of firmware, does one update at a time, and reports each step. What it was told is on the disk before it
 * begins, so a device that loses its power goes on, or says that it went back.
 */
export class UpdateDesk {
  readonly #options: UpdaterOptions;
  readonly #updater: FirmwareUpdater;
  readonly #journal: Journal;
  readonly #over: AbortController;
  readonly #reporter = new Reporter();
  #entry: Entry;
  #running: Promise<void> | undefined;

  private constructor(
    parts: { options: UpdaterOptions; updater: FirmwareUpdater; journal: Journal; over: AbortController },
    entry: Entry,
  ) {
    this.#options = parts.options;
    this.#updater = parts.updater;
    this.#journal = parts.journal;
    this.#over = parts.over;
    this.#entry = entry;
    if (entry === null) return;
    if (entry.end !== null) this.#reporter.tell(entry.end);
    else this.#begin(entry.notice);
  }

  /** @throws BiotError STORE_CORRUPT, or KEY_INVALID for a vendor's key that is none */
  static async open(given: Omit<UpdaterOptions, 'signal'>): Promise<UpdateDesk> {
    const over = new AbortController();
    const options = { ...given, signal: over.signal };
    const updater = await FirmwareUpdater.open(options);
    try {
      const { journal, entries } = await Journal.open(join(options.folder, 'rollout'), null);
      const entry = entrySchema.safeParse(entries.at(-1));
      if (entry.success) return new UpdateDesk({ options, updater, journal, over }, entry.data);
      await journal.close();
      throw new BiotError('STORE_CORRUPT', `${options.folder} does not say what it was told`);
    } catch (error) {
      await updater.close();
      throw error;
    }
  }

  /** The version that is installed. */
  get version(): string {
    return this.#updater.version;
  }

  connected(send: SendReport): void {
    this.#reporter.connected(send);
  }

  disconnected(): void {
    this.#reporter.disconnected();
  }

  /** Takes what came on the device's topic for notices; never throws. */
  receive(payload: Uint8Array): void {
    const notice = parseNotice(payload);
    if (notice === undefined) return;
    if (notice.rollout === this.#entry?.notice.rollout) this.#reporter.again();
    // One at a time: the platform tells again.
    else if (this.#running === undefined) this.#begin(notice);
  }

  /** Ends what is being done; it is gone on with when the desk is opened again. */
  async close(): Promise<void> {
    this.#over.abort();
    this.disconnected();
    await this.#running;
    await this.#updater.close();
    await this.#journal.close();
  }

  #begin(notice: FirmwareNotice): void {
    this.#running = this.#update(notice)
      // A disk that keeps nothing: the platform tells again, and at last gives the device up.
      .catch(() => undefined)
      .finally(() => {
        this.#running = undefined;
      });
  }

  async #update(notice: FirmwareNotice): Promise<void> {
    const again = this.#entry?.notice.rollout === notice.rollout;
    // Until the disk has it, it was not told: the next notice begins it.
    if (!again) await this.#journal.replace([{ notice, end: null }]);
    this.#entry = { notice, end: null };
    const end = await this.#endOf(notice, again);
    if (end === undefined) return;
    this.#entry = { notice, end };
    // It is the end also when the disk does not keep it.
    await this.#journal.replace([this.#entry]).finally(() => {
      this.#reporter.tell(end);
    });
  }

  /** @returns undefined when it was interrupted */
  async #endOf(
    { rollout, release: id, version }: FirmwareNotice,
    again: boolean,
  ): Promise<UpdateReport | undefined> {
    if (again && this.#updater.rolledBack === version)
      return { rollout, state: 'rolled back', message: 'the device did not survive the new image' };
    if (this.#updater.version === version) return { rollout, state: 'succeeded' };
    try {
      const release = await this.#find(id);
      const outcome = await this.#updater.update(release, (state) => {
        this.#reporter.tell({ rollout, state });
      });
      return { rollout, ...told(outcome) };
    } catch (error) {
      if (this.#over.signal.aborted) return undefined;
      return { rollout, state: 'failed', message: messageOf(error) };
    }
  }

  /** @throws BiotError NOT_FOUND, or what keeps the gateway from answering */
  async #find(id: string): Promise<SignedRelease> {
    const backoff = new Backoff(LOOK);
    let failure: unknown = new BiotError('NOT_FOUND', 'the gateway does not offer this release');
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      try {
        const offers = await offeredReleases(this.#options.gateway);
        const found = offers.find((offer) => offer.id === id);
        if (found !== undefined) return found;
      } catch (error) {
        failure = error;
      }
      await sleep(backoff.next(), undefined, { signal: this.#over.signal });
    }
    throw failure;
  }
}

function told(outcome: UpdateOutcome): Pick<UpdateReport, 'state' | 'message'> {
  return outcome.state === 'failed' ? { state: 'failed', message: outcome.refusal } : outcome;
}

function parseNotice(payload: Uint8Array): FirmwareNotice | undefined {
  try {
    return noticeSchema.safeParse(JSON.parse(Buffer.from(payload).toString())).data;
  } catch {
    return undefined;
  }
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, MESSAGE_LENGTH).toWellFormed();
}
