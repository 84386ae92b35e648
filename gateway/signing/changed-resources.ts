import { z } from 'zod';

import { registrationSchema } from '../../chaincode/protocol/device.ts';
import { typeDefinitionSchema } from '../../chaincode/protocol/device-type.ts';
import { claimDraftSchema, claimResource } from '../../chaincode/protocol/onboarding/claim.ts';
import { voucherDraftSchema } from '../../chaincode/protocol/onboarding/voucher.ts';
import {
  resourceOf,
  resourceOfNew,
  resourceOfType,
} from '../../chaincode/protocol/policy/device-resource.ts';
import type { Resource } from '../../chaincode/protocol/policy/request.ts';
import type { Parameter } from '../../signing/parameters.ts';
import type { Signable } from '../../signing/signable.ts';
import type { LedgerAction } from '../../signing/proposal.ts';
import type { Fleet } from '../fleet.ts';

/** What we know of what is changed. */
export type KnownThings = Pick<Fleet, 'known' | 'type'>;

interface Change {
  /** The argument that says what is changed. */
  readonly subject: string;
  /** MSP id of the member's organisation. */
  readonly org: string;
  readonly known: KnownThings;
}

const registrationsSchema = z.array(registrationSchema);

const BY_PARAMETER: Partial<Record<Parameter, (change: Change) => Resource[]>> = {
  devices: ({ subject, org }) =>
    registrationsSchema.parse(JSON.parse(subject)).map((registration) => resourceOfNew(registration, org)),
  device: ({ subject, known }) => {
    const device = known.known(subject);
    return device === undefined ? [] : [resourceOf(device)];
  },
  claim: ({ subject, org }) => {
    const { device } = claimDraftSchema.parse(JSON.parse(subject));
    return [claimResource({ device, org })];
  },
  voucher: ({ subject, known }) =>
    voucherDraftSchema
      .parse(JSON.parse(subject))
      .devices.flatMap((id) => known.known(id) ?? [])
      .map((device) => resourceOf(device)),
  codeId: () => [],
  acceptance: () => [],
  type: ({ subject, org, known }) => {
    const { name } = typeDefinitionSchema.parse(JSON.parse(subject));
    return [resourceOfType({ org: known.type(name)?.org ?? org, name })];
  },
};

/** What a change is done to, as far as we know: of what we do not, the contract judges alone. */
export function changedResources(
  { parameters }: Signable,
  action: LedgerAction,
  { org, known }: Omit<Change, 'subject'>,
): Resource[] {
  const [first] = parameters;
  const [subject = ''] = action.arguments;
  return (first === undefined ? undefined : BY_PARAMETER[first])?.({ subject, org, known }) ?? [{}];
}
