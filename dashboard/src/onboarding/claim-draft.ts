import { claimedDeviceSchema } from '../../../chaincode/protocol/onboarding/claim.ts';
import { fieldErrors } from '../api/field-errors.ts';
import type { ClaimRequest } from '../api/types.ts';
import { labelsOf, type LabelErrors, type LabelsDraft } from '../labels/labels-draft.ts';

export interface ClaimDraft extends LabelsDraft {
  id: string;
  tenant: string;
  type: string;
}

export type ClaimErrors = LabelErrors & Partial<Record<'id' | 'tenant' | 'type', string>>;

export function claimedDeviceOf(
  draft: ClaimDraft,
): { device: ClaimRequest['device'] } | { errors: ClaimErrors } {
  const labels = labelsOf(draft);
  const made = 'labels' in labels ? labels.labels : { groups: [], tags: {} };
  const parsed = claimedDeviceSchema.safeParse({
    id: draft.id.trim(),
    tenant: draft.tenant.trim(),
    type: draft.type.trim(),
    ...made,
  });
  if (parsed.success && 'labels' in labels) return { device: { ...parsed.data, ...labels.labels } };
  return {
    errors: {
      ...fieldErrors(parsed.error?.issues),
      ...('errors' in labels ? labels.errors : {}),
    },
  };
}
