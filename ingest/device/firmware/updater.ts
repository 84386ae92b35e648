import { createHash, verify } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { BiotError } from '../../../chaincode/protocol/errors.ts';
import {
  type DeviceFirmware,
  type FirmwareRefusal,
  judgeImage,
  judgeRelease,
  type ReceivedImage,
} from '../../../chaincode/protocol/firmware/judge.ts';
import type { SignedRelease } from '../../../chaincode/protocol/firmware/release.ts';
import { keyRing } from '../../../chaincode/protocol/firmware/vendor-key.ts';
import { hashHexSchema } from '../../../chaincode/protocol/hash.ts';
import { versionSchema } from '../../../chaincode/protocol/policy/request.ts';
import { Journal } from '../journal.ts';
import { downloadImage, type DownloadOptions } from './download.ts';

const SLOTS = ['a', 'b'] as const;
const slotSchema = z.enum(SLOTS);
type Slot = z.infer<typeof slotSchema>;

const stateSchema = z.strictObject({
  version: versionSchema,
  /** From which the device runs; null for what it was made with. */
  slot: slotSchema.nullable(),
  /** What the other slot is being filled with: a download of this image is gone on with. */
  filling: hashHexSchema.nullable(),
  /** Tried since it was installed; the device that finds this at its start did not survive it. */
  trial: versionSchema.nullable(),
});
type State = z.infer<typeof stateSchema>;

export type UpdateStep = 'downloading' | 'downloaded' | 'verified' | 'installing';

export type TellStep = (step: UpdateStep) => void;

export type UpdateOutcome =
  | { readonly state: 'succeeded' }
  | { readonly state: 'failed'; readonly refusal: FirmwareRefusal }
  | { readonly state: 'rolled back' };

export interface UpdaterOptions extends Omit<DownloadOptions, 'file'> {
  /** Holds the images and what is installed. */
  readonly folder: string;
  readonly type: string;
  /** The version that the device was made with. */
  readonly factory: string;
  /** PEM. The device is made with them: no other party can add one. */
  readonly vendorKeys: readonly string[];
  /** Starts the image in this file for a trial, and says whether it works. */
  readonly start: (image: string, version: string) => Promise<boolean>;
}

/**
 * A device's firmware in two slots: the one that it runs from is never written to, so that there is always one to go back
 * to. What is installed is on the disk before anything depends on it.
 */
export class FirmwareUpdater {
  readonly #options: UpdaterOptions;
  readonly #journal: Journal;
  readonly #keys: ReadonlyMap<string, string>;
  #state: State;
  /** Of an update that the device did not survive: it runs what it ran before. */
  readonly rolledBack: string | null;

  private constructor(options: UpdaterOptions, journal: Journal, state: State) {
    this.#options = options;
    this.#journal = journal;
    this.#keys = keyRing(options.vendorKeys);
    this.#state = { ...state, trial: null };
    this.rolledBack = state.trial;
  }

  /** @throws BiotError STORE_CORRUPT, or KEY_INVALID for a vendor's key that is none */
  static async open(options: UpdaterOptions): Promise<FirmwareUpdater> {
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    const first: State = { version: options.factory, slot: null, filling: null, trial: null };
    const { journal, entries } = await Journal.open(join(options.folder, 'installed'), first);
    const state = stateSchema.safeParse(entries.at(-1));
    if (!state.success) {
      await journal.close();
      throw new BiotError('STORE_CORRUPT', `${options.folder} does not say what is installed`);
    }
    const updater = new FirmwareUpdater(options, journal, state.data);
    if (state.data.trial !== null) await updater.#become({});
    return updater;
  }

  /** The version that is installed. */
  get version(): string {
    return this.#state.version;
  }

  /** The image from which the device runs; undefined for what it was made with. */
  get image(): string | undefined {
    const { slot } = this.#state;
    return slot === null ? undefined : this.#fileOf(slot);
  }

  /** Why the device must not take this release; undefined when it may. */
  judge(release: SignedRelease): FirmwareRefusal | undefined {
    return judgeRelease(release, this.#device());
  }

  /**
   * Downloads, verifies and installs a release. Whatever goes wrong, the device then runs what it ran before.
   *
   * @param tell told each step as it begins
   * @throws BiotError when the image cannot be fetched
   */
  async update(release: SignedRelease, tell: TellStep = () => undefined): Promise<UpdateOutcome> {
    const unwanted = this.judge(release);
    if (unwanted !== undefined) return { state: 'failed', refusal: unwanted };
    const slot = this.#state.slot === 'a' ? 'b' : 'a';
    const file = this.#fileOf(slot);
    tell('downloading');
    await this.#fill(release, file);
    tell('downloaded');
    const refusal = judgeImage(release, this.#device(), await received(file));
    if (refusal !== undefined) {
      await rm(file, { force: true });
      await this.#become({ filling: null });
      return { state: 'failed', refusal };
    }
    tell('verified');
    tell('installing');
    return this.#install(release.version, slot);
  }

  async close(): Promise<void> {
    await this.#journal.close();
  }

  async #fill(release: SignedRelease, file: string): Promise<void> {
    if (this.#state.filling !== release.id) {
      await rm(file, { force: true });
      await this.#become({ filling: release.id });
    }
    await downloadImage(release, { ...this.#options, file });
  }

  async #install(version: string, slot: Slot): Promise<UpdateOutcome> {
    await this.#become({ trial: version, filling: null });
    const works = await this.#options.start(this.#fileOf(slot), version).catch(() => false);
    await this.#become(works ? { version, slot, trial: null } : { trial: null });
    return { state: works ? 'succeeded' : 'rolled back' };
  }

  #device(): DeviceFirmware {
    const { type } = this.#options;
    return { type, installed: this.#state.version, vendorKeys: this.#keys, verify: verifyEd25519 };
  }

  async #become(changes: Partial<State>): Promise<void> {
    const state = { ...this.#state, ...changes };
    await this.#journal.replace([state]);
    this.#state = state;
  }

  #fileOf(slot: Slot): string {
    return join(this.#options.folder, `slot-${slot}`);
  }
}

const verifyEd25519: DeviceFirmware['verify'] = (publicKey, bytes, signature) =>
  verify(null, bytes, publicKey, Buffer.from(signature, 'base64'));

async function received(file: string): Promise<ReceivedImage> {
  const hash = createHash('sha256');
  let size = 0;
  const chunks: AsyncIterable<Uint8Array> = createReadStream(file);
  for await (const chunk of chunks) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { size, hash: hash.digest('hex') };
}
