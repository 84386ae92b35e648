import { z } from 'zod';

import { commandDraftsSchema, commandIdSchema } from '../../chaincode/protocol/command/command.ts';
import { commandDefinitionSchema } from '../../chaincode/protocol/command/definition.ts';
import {
  labelsSchema,
  MAX_REGISTRATIONS,
  publicKeySchema,
  reasonSchema,
  registrationSchema,
} from '../../chaincode/protocol/device.ts';
import { typeDefinitionSchema } from '../../chaincode/protocol/device-type.ts';
import { releaseDraftSchema } from '../../chaincode/protocol/firmware/release.ts';
import { rolloutDraftSchema, rolloutIdSchema } from '../../chaincode/protocol/firmware/rollout.ts';
import { vendorKeyDraftSchema } from '../../chaincode/protocol/firmware/vendor-key.ts';
import { hashHexSchema } from '../../chaincode/protocol/hash.ts';
import {
  deviceIdSchema,
  organisationSchema,
  transactionIdSchema,
} from '../../chaincode/protocol/identifiers.ts';
import { claimDraftSchema } from '../../chaincode/protocol/onboarding/claim.ts';
import { acceptanceSchema, voucherDraftSchema } from '../../chaincode/protocol/onboarding/voucher.ts';
import { policyChangeSchema } from '../../chaincode/protocol/policy/change.ts';
import { proposalExpirySchema } from '../../chaincode/protocol/policy/proposal.ts';

/** The arguments that contracts take, all of them texts. */
export const PARAMETERS = {
  device: { schema: deviceIdSchema, what: 'the device’s id' },
  devices: { schema: jsonOf(z.array(registrationSchema).min(1).max(MAX_REGISTRATIONS)), what: 'the devices' },
  reason: { schema: reasonSchema, what: 'the reason' },
  key: { schema: publicKeySchema, what: 'the new public key' },
  until: { schema: z.union([z.literal(''), z.iso.datetime()]), what: 'until when the old key works' },
  labels: { schema: jsonOf(labelsSchema), what: 'groups and tags' },
  type: { schema: jsonOf(typeDefinitionSchema), what: 'the type' },
  to: { schema: organisationSchema, what: 'the other organisation' },
  change: { schema: jsonOf(policyChangeSchema), what: 'the change of the rules' },
  expiry: { schema: proposalExpirySchema, what: 'until when it may be approved (empty: 30 days)' },
  claim: { schema: jsonOf(claimDraftSchema), what: 'the claim' },
  voucher: { schema: jsonOf(voucherDraftSchema), what: 'the voucher' },
  acceptance: { schema: jsonOf(acceptanceSchema), what: 'the tenant, and the groups' },
  codeId: { schema: hashHexSchema, what: 'the id of the claim or voucher' },
  definition: {
    schema: jsonOf(commandDefinitionSchema),
    what: 'the command, as the catalogue is to have it',
  },
  commands: { schema: jsonOf(commandDraftsSchema), what: 'the commands' },
  command: { schema: commandIdSchema, what: 'the command’s id' },
  release: { schema: jsonOf(releaseDraftSchema), what: 'the release' },
  releaseId: { schema: hashHexSchema, what: 'the release, by the SHA-256 of its image' },
  rollout: { schema: jsonOf(rolloutDraftSchema), what: 'the rollout' },
  rolloutId: { schema: rolloutIdSchema, what: 'the rollout’s id' },
  vendorKey: { schema: jsonOf(vendorKeyDraftSchema), what: 'the vendor’s key, with what it signed' },
  vendorKeyId: { schema: hashHexSchema, what: 'the vendor’s key, by its fingerprint' },
  proposal: { schema: transactionIdSchema, what: 'the proposal’s id' },
} as const;

export type Parameter = keyof typeof PARAMETERS;

/** A text that is JSON of that shape. */
function jsonOf<Schema extends z.ZodType>(schema: Schema) {
  return z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'not JSON' });
        return z.NEVER;
      }
    })
    .pipe(schema);
}
