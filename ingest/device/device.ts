import { join } from 'node:path';

import type { TopicOwner } from '../../chaincode/protocol/topics.ts';
import { readCredentials } from './credentials.ts';
import { DeviceClient, type DeviceClientOptions } from './device-client.ts';
import { DeviceStore, type StoreOptions } from './device-store.ts';
import { ownDevice } from './ownership.ts';
import { type BrokerAddress, tlsConnector } from './tls-connector.ts';

export interface DeviceOptions extends StoreOptions, Pick<DeviceClientOptions, 'window' | 'events'> {
  /** Holds the device's key, certificate and store. */
  readonly folder: string;
  readonly owner: TopicOwner;
  readonly broker: BrokerAddress;
  /** Ask another process that acts as this device to let it go. */
  readonly takeOver?: boolean;
  /** Another process takes the device over: nothing may be published from now on. Without it, it is not given away. */
  readonly onYield?: () => void;
}

/** A device that this process owns; it is connected, or connecting again. */
export interface OpenDevice {
  readonly client: DeviceClient;
  readonly store: DeviceStore;
  /** Disconnects, closes the store and lets the device go. */
  close(): Promise<void>;
}

type Connected = Pick<OpenDevice, 'client' | 'store'>;

/**
 * Becomes a device: owns its folder, opens its store and connects with its certificate.
 *
 * @throws BiotError DEVICE_BUSY, KEY_INVALID or STORE_CORRUPT
 */
export async function openDevice(options: DeviceOptions): Promise<OpenDevice> {
  const { folder, takeOver = false, onYield } = options;
  const opened = Promise.withResolvers<Connected>();
  // Rejected only when nobody is there to yield any more.
  opened.promise.catch(() => undefined);
  const letGo = async (): Promise<void> => {
    onYield?.();
    await disconnect(await opened.promise);
  };
  const ownership = await ownDevice(folder, { takeOver, ...(onYield !== undefined && { onRequest: letGo }) });
  try {
    const device = await connectDevice(options);
    opened.resolve(device);
    return { ...device, close: () => disconnect(device).finally(() => ownership.release()) };
  } catch (error) {
    opened.reject(error);
    await ownership.release();
    throw error;
  }
}

async function connectDevice(options: DeviceOptions): Promise<Connected> {
  const { folder, owner, broker } = options;
  const connect = tlsConnector(broker, readCredentials(folder, owner.device));
  const store = await DeviceStore.open(join(folder, 'store'), options);
  return { store, client: new DeviceClient({ ...options, store, connect }) };
}

async function disconnect({ client, store }: Connected): Promise<void> {
  await client.close();
  await store.close();
}
