import { readFileSync } from 'node:fs';
import { truncate } from 'node:fs/promises';

import type { TopicOwner } from '../../../chaincode/protocol/topics.ts';
import { openDevice, type OpenDevice } from '../../../ingest/device/device.ts';
import type { Home } from '../../../network/home/home.ts';
import { GENERIC } from '../../../network/initial-types.ts';
import { chunks } from '../../../sql/query.ts';

const OPENED_AT_ONCE = 50;

interface FleetOptions {
  readonly home: Home;
  /** PEM. */
  readonly vendorKey: string;
  /** Bytes. */
  readonly imageSize: number;
  /** Of how many devices in a hundred the first download is cut in the middle. */
  readonly cutPercent: number;
}

/** Devices of the library that take part in a rollout, and what they saw of it. */
export class UpdatingFleet {
  readonly #options: FleetOptions;
  readonly #authority: string;
  readonly #open: OpenDevice[] = [];
  readonly #cut = new Set<string>();
  readonly #installed = new Set<string>();
  /** Of images, that came. */
  bytes = 0;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#authority = readFileSync(options.home.path('pki', 'platform-ca', 'cert.pem'), 'utf8');
  }

  /** Devices whose download was cut, and that have installed the image all the same. */
  get resumed(): number {
    return [...this.#cut].filter((device) => this.#installed.has(device)).length;
  }

  get cut(): number {
    return this.#cut.size;
  }

  async open(fleet: readonly TopicOwner[]): Promise<void> {
    const isCut = (place: number): boolean =>
      (place * this.#options.cutPercent) % 100 < this.#options.cutPercent;
    for (const part of chunks([...fleet.entries()], OPENED_AT_ONCE))
      this.#open.push(
        ...(await Promise.all(part.map(([place, owner]) => this.#device(owner, isCut(place))))),
      );
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.map((device) => device.close()));
  }

  #device(owner: TopicOwner, isCut: boolean): Promise<OpenDevice> {
    const { home, imageSize, vendorKey } = this.#options;
    const { device } = owner;
    let came = 0;
    return openDevice({
      folder: home.path('devices', device),
      owner,
      broker: { port: home.ports.mqtt, authority: this.#authority },
      firmware: {
        gateway: { url: `https://127.0.0.1:${home.ports.gateway}`, authority: this.#authority },
        ...{ type: GENERIC, factory: '1.0.0', vendorKeys: [vendorKey] },
        wantsMore: (bytes) => {
          came += bytes;
          this.bytes += bytes;
          if (!isCut || came < imageSize / 2 || this.#cut.has(device)) return true;
          this.#cut.add(device);
          return false;
        },
        // The images of all devices together would not fit on every disk.
        start: async (image) => {
          await truncate(image, 0);
          this.#installed.add(device);
          return true;
        },
      },
    });
  }
}
