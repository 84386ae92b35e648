import { z } from 'zod';

import { type Device, deviceSchema } from '../../chaincode/protocol/device.ts';
import { deviceIdSchema } from '../../chaincode/protocol/identifiers.ts';
import { instantSchema } from '../../chaincode/protocol/message.ts';
import { type Action, actionSchema } from '../../chaincode/protocol/policy/actions.ts';
import type { Judge } from '../policy/judge.ts';
import { resourceOf } from '../../chaincode/protocol/policy/device-resource.ts';
import type { Store } from '../store.ts';

export const deviceParams = z.strictObject({ id: deviceIdSchema });

export const deviceViewSchema = deviceSchema
  .extend({
    lastSeen: instantSchema.nullable().meta({
      description:
        'When its last message was stored; null when none was. From the database; all else is the ledger’s',
    }),
    allowed: z.array(actionSchema).meta({
      description: 'What the policy lets the asker do with it now, apart from reading',
    }),
  })
  .meta({ id: 'DeviceView', description: 'A device as the ledger has it, and when it was last heard of' });
export type DeviceView = z.infer<typeof deviceViewSchema>;

const OFFERED = [
  'device:activate',
  'device:suspend',
  'device:revoke',
  'device:rotate-key',
  'device:reprovision',
  'device:label',
  'device:transfer',
  'device:accept',
] as const satisfies readonly Action[];

interface Viewing {
  store: Pick<Store, 'lastSeen'>;
  judge: Judge;
}

export async function viewsOf(devices: readonly Device[], { store, judge }: Viewing): Promise<DeviceView[]> {
  const seen = await store.lastSeen(devices.map(({ id }) => id));
  return devices.map((device) => withAnswers(device, seen, judge));
}

export async function viewOf(device: Device, { store, judge }: Viewing): Promise<DeviceView> {
  return withAnswers(device, await store.lastSeen([device.id]), judge);
}

function withAnswers(device: Device, seen: ReadonlyMap<string, number>, judge: Judge): DeviceView {
  const lastSeen = seen.get(device.id) ?? null;
  return {
    ...device,
    lastSeen,
    allowed: OFFERED.filter((action) => judge.allows(action, resourceOf(device))),
  };
}
