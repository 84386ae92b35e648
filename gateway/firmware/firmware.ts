import { Offers } from '../../network/firmware/offers.ts';
import type { FirmwareLedger } from '../../network/ledger/firmware.ts';
import type { Clock } from '../clock.ts';
import { Downloads } from './downloads.ts';
import { ImageStore } from './image-store.ts';

/** What the gateway has of firmware; all else about it is on the ledger. */
export interface Firmware {
  readonly images: ImageStore;
  readonly offers: Offers;
  readonly downloads: Downloads;
}

interface FirmwareOptions {
  /** Of the images. */
  readonly folder: string;
  /** Asked as the gateway's own service member. */
  readonly ledger: Pick<FirmwareLedger, 'releases'>;
  readonly clock: Clock;
  readonly mostDownloads?: number;
}

export function openFirmware({ folder, ledger, clock, mostDownloads }: FirmwareOptions): Firmware {
  const images = new ImageStore(folder);
  return { images, offers: new Offers(ledger, clock), downloads: new Downloads(images, mostDownloads) };
}
