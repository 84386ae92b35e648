/** Whether a device is there, as the platform sees it. */
import { z } from 'zod';

import { deviceIdSchema, tenantSchema } from '../identifiers.ts';
import { instantSchema } from '../message.ts';

export const PRESENCE_STATES = ['online', 'offline', 'sleeping'] as const;
export const presenceStateSchema = z.enum(PRESENCE_STATES).meta({ id: 'PresenceState' });
export type PresenceState = z.infer<typeof presenceStateSchema>;

export const ABSENCE_REASONS = [
  /** Its connection was lost, and it did not come back in time. */
  'lost',
  /** It left in an orderly way. */
  'closed',
  /** Nothing came for longer than is expected of it. */
  'silence',
  /** It did not wake up when it had said. */
  'overslept',
  /** The ledger does not let it in any more. */
  'turned away',
] as const;
export const absenceReasonSchema = z.enum(ABSENCE_REASONS).meta({ id: 'AbsenceReason' });
export type AbsenceReason = z.infer<typeof absenceReasonSchema>;

export const presenceViewSchema = z
  .strictObject({
    state: presenceStateSchema,
    since: instantSchema,
    /** Why it is offline; null while it is not. */
    reason: absenceReasonSchema.nullable(),
    /** Until when it sleeps; null while it does not. */
    wakesAt: instantSchema.nullable(),
  })
  .meta({ id: 'Presence' });
export type PresenceView = z.infer<typeof presenceViewSchema>;

/** What is told live: devices of one tenant whose presence has changed. */
export const presenceNewsSchema = z.strictObject({
  tenant: tenantSchema,
  changes: z.array(presenceViewSchema.extend({ device: deviceIdSchema })),
});
export type PresenceNews = z.infer<typeof presenceNewsSchema>;
