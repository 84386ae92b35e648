/** A rollout: which devices get a release, how many at a time, and when. The ledger has what people decide about it. */
import { z } from 'zod';

import { groupsSchema, reasonSchema, tagsSchema } from '../device.ts';
import { BiotError } from '../errors.ts';
import { hashHexSchema } from '../hash.ts';
import { deviceIdSchema, deviceTypeSchema, organisationSchema, tenantSchema } from '../identifiers.ts';
import { deedSchema } from '../policy/proposal.ts';
import { type Resource, versionSchema } from '../policy/request.ts';

/** Made by whoever creates it: a rollout that is sent to the ledger again is the same one. */
export const rolloutIdSchema = z
  .uuid()
  .lowercase()
  .meta({ id: 'RolloutId', examples: ['018f2f6e-3a71-7c1e-9c9c-3f0c2a8c1d55'] });

/** Named one by one; groups have no bound. */
const MAX_NAMED_DEVICES = 1000;
const MOST_PHASES = 20;
const DAY_SECONDS = 86_400;
const percentSchema = z.int().min(1).max(100);

const targetSchema = z
  .strictObject({
    /** In one of these; empty: in any or none. */
    groups: groupsSchema.default([]),
    /** One of these; empty: any. */
    devices: z
      .array(deviceIdSchema)
      .max(MAX_NAMED_DEVICES, `at most ${MAX_NAMED_DEVICES} devices are named; use a group`)
      .default([]),
    /** With all of these. */
    tags: tagsSchema.default({}),
  })
  .meta({ id: 'RolloutTarget' });

const phaseSchema = z
  .strictObject({
    /** Of all devices of the rollout, those of the phases before included. */
    percent: percentSchema,
    /** Of the phase's own devices: when so many have succeeded, the next phase begins. */
    successPercent: percentSchema,
    /** Of the phase's own devices: when so many have failed or rolled back, the rollout stops. */
    failurePercent: percentSchema,
  })
  .meta({ id: 'RolloutPhase' });
export type RolloutPhase = z.infer<typeof phaseSchema>;

const phasesSchema = z
  .array(phaseSchema)
  .min(1)
  .max(MOST_PHASES, `at most ${MOST_PHASES} phases`)
  .refine(
    (phases) => phases.every(({ percent }, index) => percent > (phases[index - 1]?.percent ?? 0)),
    'each phase has more devices than those before it',
  )
  .refine((phases) => phases.at(-1)?.percent === 100, 'the last phase has all devices: 100 percent');

/** `HH:MM` of a day in UTC. */
const timeOfDaySchema = z
  .string()
  .regex(/^(?:[01][0-9]|2[0-3]):[0-5][0-9]$/, 'expected a time of day such as 02:30, in UTC');

const windowSchema = z
  .strictObject({ from: timeOfDaySchema, to: timeOfDaySchema })
  .refine(({ from, to }) => from !== to, 'a window that ends when it begins is none')
  .meta({ id: 'RolloutWindow' });
/** Each day, in UTC; one that ends before it begins goes past midnight. */
export type RolloutWindow = z.infer<typeof windowSchema>;

const scheduleSchema = z
  .strictObject({
    /** No device is told before. */
    notBefore: z.iso.datetime().nullable().default(null),
    /** Devices are told within it alone; what they have begun they end. */
    window: windowSchema.nullable().default(null),
  })
  .meta({ id: 'RolloutSchedule' });

const secondsSchema = z
  .int()
  .min(1)
  .max(30 * DAY_SECONDS);
export const rolloutTimeoutsSchema = z
  .strictObject({
    /** From the first time that it was to be told: a device that is away for longer has failed. */
    waiting: secondsSchema.default(7 * DAY_SECONDS),
    notified: secondsSchema.default(3600),
    downloading: secondsSchema.default(4 * 3600),
    downloaded: secondsSchema.default(600),
    verified: secondsSchema.default(600),
    installing: secondsSchema.default(1800),
  })
  .meta({ id: 'RolloutTimeouts' });
/** Seconds that a device may be in each state; then it has failed. */
export type RolloutTimeouts = z.infer<typeof rolloutTimeoutsSchema>;

/** What a person asks for. Its devices are of the release's type, of one tenant, and of that person's organisation. */
export const rolloutDraftSchema = z
  .strictObject({
    id: rolloutIdSchema,
    tenant: tenantSchema,
    /** Id of the release, which is its image's SHA-256. */
    release: hashHexSchema,
    target: targetSchema.prefault({}),
    phases: phasesSchema,
    schedule: scheduleSchema.prefault({}),
    /** Devices that are told in a minute, at most. */
    ratePerMinute: z.int().min(1).max(60_000),
    timeouts: rolloutTimeoutsSchema.prefault({}),
    /** Whether a second person has to approve it before any device is told. */
    approval: z.boolean(),
  })
  .meta({ id: 'RolloutDraft' });
export type RolloutDraft = z.infer<typeof rolloutDraftSchema>;

/** How far people have brought it. What becomes of it then is not on the ledger, but in SQL. */
export const LEDGER_ROLLOUT_STATES = ['pending approval', 'running', 'paused', 'cancelled'] as const;
const ledgerStateSchema = z.enum(LEDGER_ROLLOUT_STATES).meta({ id: 'LedgerRolloutState' });
export type LedgerRolloutState = z.infer<typeof ledgerStateSchema>;

/** A rollout as the ledger has it. */
export const rolloutSchema = rolloutDraftSchema
  .extend({
    /** MSP id of the organisation whose member created it, and whose devices get the release. */
    org: organisationSchema,
    /** Of the release. */
    type: deviceTypeSchema,
    version: versionSchema,
    state: ledgerStateSchema,
    created: deedSchema,
    /** Who approved it; null when nobody had to, or nobody has. */
    approved: deedSchema.nullable(),
    /** Who paused, resumed or cancelled it last. */
    changed: deedSchema.nullable(),
    /** Why it was paused or cancelled. */
    reason: reasonSchema.nullable(),
  })
  .meta({ id: 'Rollout' });
export type Rollout = z.infer<typeof rolloutSchema>;

const STEPS = {
  approve: { from: ['pending approval'], to: 'running' },
  pause: { from: ['running'], to: 'paused' },
  resume: { from: ['paused'], to: 'running' },
  cancel: { from: ['pending approval', 'running', 'paused'], to: 'cancelled' },
} as const satisfies Readonly<
  Record<string, { from: readonly LedgerRolloutState[]; to: LedgerRolloutState }>
>;
export type RolloutStep = keyof typeof STEPS;

/** @throws BiotError TRANSITION_ILLEGAL */
export function ledgerStateAfter(state: LedgerRolloutState, step: RolloutStep): LedgerRolloutState {
  const { from, to } = STEPS[step];
  if (from.some((candidate) => candidate === state)) return to;
  throw new BiotError('TRANSITION_ILLEGAL', `the rollout is ${state}: it cannot become ${to}`);
}

/**
 * What a policy may ask about a rollout. Its groups are left out, as its devices may be in others too: so a rule that
 * allows one group allows no rollout, and one that denies a group denies them all.
 */
export function rolloutResource({ org, tenant, type, version }: RolloutSubject): Resource {
  return { org, tenant, type, firmware: version };
}
type RolloutSubject = Pick<Rollout, 'org' | 'tenant' | 'type' | 'version'>;

/** What the contract tells the channel after any change: the rollouts as they are now. */
export const ROLLOUTS_EVENT = 'rollouts';
export const rolloutsEventSchema = z.strictObject({ rollouts: z.array(rolloutSchema) });
