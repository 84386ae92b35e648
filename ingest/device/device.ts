import { join } from 'node:path';

import type { TopicOwner } from '../../chaincode/protocol/topics.ts';
import type { TwinDesired } from '../../chaincode/protocol/twin.ts';
import { CommandDesk, type CommandHandlers } from './command-desk.ts';
import { CommandJournal } from './command-journal.ts';
import { type DeviceCredentials, readCredentials } from './credentials.ts';
import { DeviceClient, type DeviceClientOptions } from './device-client.ts';
import { DeviceTwin } from './device-twin.ts';
import { DeviceStore, type StoreOptions } from './device-store.ts';
import { ownDevice } from './ownership.ts';
import type { FirmwareGateway } from './firmware/gateway-link.ts';
import { UpdateDesk } from './firmware/update-desk.ts';
import type { UpdaterOptions } from './firmware/updater.ts';
import { type BrokerAddress, tlsConnector } from './tls-connector.ts';
import type { Farewell } from './uplink.ts';

/** Where and how a device gets its firmware; who it is, and its folder, are its own. */
export interface DeviceFirmwareOptions extends Omit<UpdaterOptions, 'folder' | 'gateway' | 'signal'> {
  readonly gateway: Pick<FirmwareGateway, 'url' | 'authority'>;
}

export interface DeviceOptions extends StoreOptions, Pick<DeviceClientOptions, 'window' | 'events'> {
  /** Holds the device's key, certificate and store. */
  readonly folder: string;
  readonly owner: TopicOwner;
  readonly broker: BrokerAddress;
  /** What it does when it is told to; all other commands are rejected. */
  readonly commands?: CommandHandlers;
  /** How it gets new firmware; without it, it gets none. */
  readonly firmware?: DeviceFirmwareOptions | undefined;
  /** Told what is wanted of it whenever the platform says so; what it has it tells by `twin.report`. */
  readonly onDesired?: (desired: TwinDesired) => void;
  /** Ask another process that acts as this device to let it go. */
  readonly takeOver?: boolean;
  /** Another process takes the device over: nothing may be published from now on. Without it, it is not given away. */
  readonly onYield?: () => void;
}

/** A device that this process owns; it is connected, or connecting again. */
export interface OpenDevice {
  readonly client: DeviceClient;
  readonly store: DeviceStore;
  readonly twin: DeviceTwin;
  /** Disconnects, for a sleep when it says so, closes the store and lets the device go. */
  close(farewell?: Farewell): Promise<void>;
}

interface Connected extends Pick<OpenDevice, 'client' | 'store' | 'twin'> {
  readonly journal: CommandJournal;
  readonly updates: UpdateDesk | undefined;
}

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
    const { client, store, twin } = device;
    return {
      client,
      store,
      twin,
      close: (farewell) => disconnect(device, farewell).finally(() => ownership.release()),
    };
  } catch (error) {
    opened.reject(error);
    await ownership.release();
    throw error;
  }
}

async function connectDevice(options: DeviceOptions): Promise<Connected> {
  const { folder, owner, broker } = options;
  const credentials = readCredentials(folder, owner.device);
  const connect = tlsConnector(broker, credentials);
  const opened: { close(): Promise<void> }[] = [];
  const keep = <Part extends { close(): Promise<void> }>(part: Part): Part => {
    opened.push(part);
    return part;
  };
  try {
    const store = keep(await DeviceStore.open(join(folder, 'store'), options));
    const journal = keep(await CommandJournal.open(join(folder, 'commands'), Date.now()));
    const updates = await openUpdates(options, credentials);
    const desk = new CommandDesk({ journal, handlers: options.commands });
    const twin = new DeviceTwin(options.onDesired);
    const client = new DeviceClient({ ...options, store, desk, twin, updates, connect });
    return { store, journal, twin, updates, client };
  } catch (error) {
    for (const part of opened) await part.close();
    throw error;
  }
}

async function openUpdates(
  { folder, firmware }: DeviceOptions,
  { device, privateKey }: DeviceCredentials,
): Promise<UpdateDesk | undefined> {
  if (firmware === undefined) return undefined;
  const gateway = { ...firmware.gateway, device, privateKey };
  return UpdateDesk.open({ ...firmware, gateway, folder: join(folder, 'firmware') });
}

async function disconnect(
  { client, journal, store, updates }: Connected,
  farewell?: Farewell,
): Promise<void> {
  await client.close(farewell);
  await updates?.close();
  await journal.close();
  await store.close();
}
