import { z } from 'zod';

import { type Device, deviceSchema } from '../../chaincode/protocol/device.ts';
import { deviceIdSchema } from '../../chaincode/protocol/identifiers.ts';
import { instantSchema } from '../../chaincode/protocol/message.ts';
import type { Store } from '../store.ts';

export const deviceParams = z.strictObject({ id: deviceIdSchema });

export const deviceViewSchema = deviceSchema
  .extend({
    lastSeen: instantSchema.nullable().meta({
      description:
        'When its last message was stored; null when none was. From the database; all else is the ledger’s',
    }),
  })
  .meta({ id: 'DeviceView', description: 'A device as the ledger has it, and when it was last heard of' });
export type DeviceView = z.infer<typeof deviceViewSchema>;

export async function viewsOf(
  devices: readonly Device[],
  store: Pick<Store, 'lastSeen'>,
): Promise<DeviceView[]> {
  const seen = await store.lastSeen(devices.map(({ id }) => id));
  return devices.map((device) => ({ ...device, lastSeen: seen.get(device.id) ?? null }));
}
