import { z } from 'zod';
import { CHANNELS } from '../home/organisations.ts';

/**
 * What was found about a peer:
 * - `lies`: it says otherwise than a majority of the organisations, contradicts itself, or does not sign what it says;
 * - `disagrees`: peers differ, and no majority says which of them is right;
 * - `lags`: it has fewer blocks, and did not catch up in time;
 * - `silent`: it does not answer;
 * - `unsettled`: an answer changed faster than the peers could be asked;
 * - `caught-up`: it was behind and then was not, which is as it should be.
 */
export const FINDING_KINDS = ['lies', 'disagrees', 'lags', 'silent', 'unsettled', 'caught-up'] as const;

const differenceSchema = z.strictObject({
  field: z.string(),
  says: z.string().nullable(),
  others: z.string().nullable(),
});

const findingSchema = z.strictObject({
  kind: z.enum(FINDING_KINDS),
  /** `null` for what cannot be laid at one peer's door. */
  peer: z.string().nullable(),
  /** `null` for what concerns both. */
  channel: z.enum(CHANNELS).nullable(),
  /** What was asked about: `block 12`, `device press-07`. */
  subject: z.string(),
  what: z.string(),
  differences: z.array(differenceSchema),
});
export type Finding = z.infer<typeof findingSchema>;

const peerSchema = z.strictObject({
  peer: z.string(),
  organisation: z.string(),
  address: z.string(),
  verdict: z.enum(['agrees', 'lies', 'disagrees', 'lags', 'silent']),
  /** Blocks of each channel; absent when it did not say. */
  heights: z.partialRecord(z.enum(CHANNELS), z.number()),
});
export type PeerReport = z.infer<typeof peerSchema>;

/** What an audit gives: one JSON object. */
export const reportSchema = z.strictObject({
  ok: z.boolean(),
  at: z.iso.datetime(),
  peers: z.array(peerSchema),
  findings: z.array(findingSchema),
  /** How many different questions were put to the peers. */
  asked: z.strictObject({ blocks: z.number(), answers: z.number() }),
});
export type Report = z.infer<typeof reportSchema>;

const VERDICTS = ['lies', 'disagrees', 'silent', 'lags'] as const;

/** The worst of what was found about a peer. */
export function verdictOn(peer: string, findings: readonly Finding[]): PeerReport['verdict'] {
  const kinds = findings.filter((finding) => finding.peer === peer).map(({ kind }) => kind);
  return VERDICTS.find((verdict) => kinds.includes(verdict)) ?? 'agrees';
}

export function isFault({ kind }: Finding): boolean {
  return kind !== 'caught-up';
}
