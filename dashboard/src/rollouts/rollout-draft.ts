/** The dialog in which a release is rolled out: its texts, and the rollout that they make. */
import {
  type RolloutDraft,
  rolloutDraftSchema,
  rolloutTimeoutsSchema,
} from '../../../chaincode/protocol/firmware/rollout.ts';
import { sentence } from '../format/sentence.ts';
import { wordsOf } from '../format/words-of.ts';

export interface PhaseDraft {
  percent: string;
  successPercent: string;
  failurePercent: string;
}

export interface RolloutForm {
  id: string;
  release: string;
  tenant: string;
  /** Names with commas or blanks between, all three; tags as name=value. */
  groups: string;
  devices: string;
  tags: string;
  phases: PhaseDraft[];
  /** In local time, as the browser's own field has it; empty: at once. */
  notBefore: string;
  /** Times of day in UTC, both or neither. */
  from: string;
  to: string;
  ratePerMinute: string;
  approval: boolean;
  /** Minutes that a device may be in each state. */
  minutes: Record<TimedState, string>;
}

export const TIMED_STATES = rolloutTimeoutsSchema.keyof().options;
export type TimedState = (typeof TIMED_STATES)[number];

export function emptyRollout(): RolloutForm {
  return {
    id: crypto.randomUUID(),
    ...{ release: '', tenant: '', groups: '', devices: '', tags: '' },
    phases: [
      { percent: '10', successPercent: '90', failurePercent: '20' },
      { percent: '100', successPercent: '90', failurePercent: '20' },
    ],
    ...{ notBefore: '', from: '', to: '', ratePerMinute: '60', approval: false },
    minutes: {
      ...{ waiting: '10080', notified: '60', downloading: '240' },
      ...{ downloaded: '10', verified: '10', installing: '30' },
    },
  };
}

/** What is wrong, by the name of the field; of phases and times, of all of them together. */
export type RolloutErrors = Readonly<Partial<Record<string, string>>>;

export function rolloutOf(form: RolloutForm): { draft: RolloutDraft } | { errors: RolloutErrors } {
  const { id, release, notBefore, from, to, approval } = form;
  const parsed = rolloutDraftSchema.safeParse({
    ...{ id, release, approval },
    tenant: form.tenant.trim(),
    target: { groups: namesIn(form.groups), devices: namesIn(form.devices), tags: tagsIn(form.tags) },
    phases: form.phases.map(({ percent, successPercent, failurePercent }) => ({
      percent: numberOf(percent),
      successPercent: numberOf(successPercent),
      failurePercent: numberOf(failurePercent),
    })),
    schedule: {
      notBefore: notBefore === '' ? null : new Date(notBefore).toISOString(),
      window: from === '' && to === '' ? null : { from, to },
    },
    ratePerMinute: numberOf(form.ratePerMinute),
    timeouts: Object.fromEntries(
      TIMED_STATES.map((state) => [state, Math.round(numberOf(form.minutes[state]) * 60)]),
    ),
  });
  if (parsed.success) return { draft: parsed.data };
  const errors = errorsOf(parsed.error.issues);
  return { errors: { ...errors, ...(release === '' && { release: 'Choose a release.' }) } };
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** The first of each field. */
function errorsOf(issues: readonly Issue[]): RolloutErrors {
  const errors: Partial<Record<string, string>> = {};
  for (const { path, message } of issues) {
    const [field, part] = path;
    const name = String(field === 'target' || field === 'schedule' ? part : field);
    const said = message.endsWith('NaN') ? 'a number is needed' : message;
    errors[name] ??= sentence(typeof part === 'number' ? `phase ${part + 1}: ${said}` : said);
  }
  return errors;
}

function namesIn(text: string): string[] {
  return [...new Set(wordsOf(text))];
}

function tagsIn(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .split(/[,;]+/)
      .map((tag) => tag.trim())
      .filter((tag) => tag !== '')
      .map((tag) => {
        const [name = '', ...value] = tag.split('=');
        return [name.trim(), value.join('=').trim()];
      }),
  );
}

/** NaN, which no schema takes, unless it is a number. */
function numberOf(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}
