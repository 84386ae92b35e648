import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { DeviceFirmwareOptions } from './device.ts';

/** An image that begins so does not start: for trying what happens then. */
const BROKEN = 'BROKEN';
const INSTALLING_MS = 200;
const FACTORY = '1.0.0';

export interface SimulatedFirmwareOptions {
  readonly gateway: DeviceFirmwareOptions['gateway'];
  /** Folder with the vendors' keys that the devices are made with: files *.pub, PEM. */
  readonly keys: string;
}

/** How a simulated device of this type gets its firmware: it installs what it verified, and does not run it. */
export async function simulatedFirmware(
  { gateway, keys }: SimulatedFirmwareOptions,
  type: string,
): Promise<DeviceFirmwareOptions> {
  const files = (await readdir(keys).catch(() => [])).filter((name) => name.endsWith('.pub'));
  const vendorKeys = await Promise.all(files.map((name) => readFile(join(keys, name), 'utf8')));
  return { gateway, type, factory: FACTORY, vendorKeys, start: simulatedStart };
}

/** Whether the image works: every one does but a broken one. */
export async function simulatedStart(image: string): Promise<boolean> {
  await delay(INSTALLING_MS);
  const file = await open(image);
  try {
    const { buffer } = await file.read(Buffer.alloc(BROKEN.length), 0, BROKEN.length, 0);
    return buffer.toString() !== BROKEN;
  } finally {
    await file.close();
  }
}
