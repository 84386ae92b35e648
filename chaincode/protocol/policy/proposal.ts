/** A change of the policy on its way, as the ledger holds it. */
import { z } from 'zod';

import { reasonSchema } from '../device.ts';
import { memberNameSchema, organisationSchema, transactionIdSchema } from '../identifiers.ts';
import { roleSchema } from './actions.ts';
import { policyChangeSchema } from './change.ts';
import { attributeNameSchema, attributeValueSchema } from './request.ts';
import { ruleSchema } from './rule.ts';
import { scopeSchema } from './tenancy.ts';

export const PROPOSAL_STATUSES = ['proposed', 'applied', 'rejected', 'withdrawn'] as const;
export const proposalStatusSchema = z.enum(PROPOSAL_STATUSES).meta({ id: 'ProposalStatus' });

/** Who did something, when and in which transaction. The instant is that of the client's proposal: its word. */
export const deedSchema = z.strictObject({
  name: memberNameSchema,
  org: organisationSchema,
  at: z.iso.datetime(),
  transaction: transactionIdSchema,
});
export type Deed = z.infer<typeof deedSchema>;

export const proposalSchema = z
  .strictObject({
    /** Id of the transaction that made it. */
    id: transactionIdSchema,
    change: policyChangeSchema,
    reason: reasonSchema,
    status: proposalStatusSchema,
    /** Whether a member of another organisation has to approve. */
    needsApproval: z.boolean(),
    /** From this instant on nobody may approve it; null when it waited for nobody. */
    expiresAt: z.iso.datetime().nullable(),
    /** Whom the rules concern that it touches, old texts and new. */
    scope: scopeSchema,
    /** The transaction in which each rule that it touches was written last, as its author saw it; null for none. */
    base: z.record(z.string(), transactionIdSchema.nullable()),
    /** With what rules about policies may ask of its author: they must leave it the right to propose the reversal. */
    proposed: deedSchema.extend({
      role: roleSchema,
      attributes: z.record(attributeNameSchema, attributeValueSchema),
    }),
    decided: deedSchema.nullable(),
  })
  .meta({ id: 'Proposal' });
export type Proposal = z.infer<typeof proposalSchema>;

/** To the contract, no text at all is the usual time. */
export const proposalExpirySchema = z.union([z.literal(''), z.iso.datetime()]);

/** A rule as it stands, and the transaction that wrote it. */
export const ruleRecordSchema = z
  .strictObject({ rule: ruleSchema, transaction: transactionIdSchema })
  .meta({ id: 'RuleRecord' });
export type RuleRecord = z.infer<typeof ruleRecordSchema>;

export const proposalPageSchema = z.strictObject({
  proposals: z.array(proposalSchema),
  bookmark: z.string(),
});

/** What the contract tells the channel when rules have changed: the change, which every copy has to make too. */
export const POLICY_EVENT = 'policy';
export const policyEventSchema = policyChangeSchema;
