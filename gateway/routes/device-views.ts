import { z } from 'zod';

import { type Device, deviceSchema } from '../../chaincode/protocol/device.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { deviceIdSchema } from '../../chaincode/protocol/identifiers.ts';
import { instantSchema } from '../../chaincode/protocol/message.ts';
import { presenceViewSchema } from '../../chaincode/protocol/presence/presence.ts';
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
    presence: presenceViewSchema.nullable().meta({
      description:
        'Whether it is there, as ingest sees it; null when nothing was ever heard of it. From the database',
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
  'twin:write',
] as const satisfies readonly Action[];

interface Viewing {
  store: Pick<Store, 'lastSeen' | 'presence'>;
  judge: Judge;
}

export async function viewsOf(devices: readonly Device[], { store, judge }: Viewing): Promise<DeviceView[]> {
  const ids = devices.map(({ id }) => id);
  const [seen, presence] = await Promise.all([store.lastSeen(ids), store.presence(ids)]);
  return devices.map((device) => ({
    ...device,
    lastSeen: seen.get(device.id) ?? null,
    presence: presence.get(device.id) ?? null,
    allowed: OFFERED.filter((action) => judge.allows(action, resourceOf(device))),
  }));
}

export async function viewOf(device: Device, viewing: Viewing): Promise<DeviceView> {
  const [view] = await viewsOf([device], viewing);
  if (view === undefined) throw new BiotError('INTERNAL', `no view of ${device.id}`);
  return view;
}
