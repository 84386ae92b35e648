import { readFileSync } from 'node:fs';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { TopicOwner } from '../../chaincode/protocol/topics.ts';
import { type DeviceOptions, openDevice, type OpenDevice } from '../../ingest/device/device.ts';
import type { DeviceEvents } from '../../ingest/device/device-client.ts';
import type { Home } from '../../network/home/home.ts';

export interface Taking {
  readonly home: Home;
  readonly owner: TopicOwner;
  readonly events: Partial<DeviceEvents>;
  /** Messages without receipt at one time. */
  readonly window: number;
  readonly say: (text: string) => void;
}

/**
 * Acts as a device of this home. One that is simulated at present is taken over; the simulator takes it back by itself.
 *
 * @throws BiotError DEVICE_BUSY when another replay acts as the device
 */
export async function takeDevice({ home, owner, events, window, say }: Taking): Promise<OpenDevice> {
  const { device } = owner;
  const authority = readFileSync(home.path('pki', 'platform-ca', 'cert.pem'), 'utf8');
  const options: DeviceOptions = {
    folder: home.path('devices', device),
    owner,
    broker: { port: home.ports.mqtt, authority },
    window: { size: window },
    events,
  };
  try {
    return await openDevice(options);
  } catch (error) {
    if (!(error instanceof BiotError && error.code === 'DEVICE_BUSY')) throw error;
    const taken = await openDevice({ ...options, takeOver: true });
    say(`${device} is simulated: the simulator has handed it over until this is done`);
    return taken;
  }
}
