import { z } from 'zod';

import { commandDraftsSchema } from '../../chaincode/protocol/command/command.ts';
import { commandDefinitionSchema } from '../../chaincode/protocol/command/definition.ts';
import { registrationSchema } from '../../chaincode/protocol/device.ts';
import { typeDefinitionSchema } from '../../chaincode/protocol/device-type.ts';
import { releaseDraftSchema, releaseResource } from '../../chaincode/protocol/firmware/release.ts';
import { vendorKeyResource } from '../../chaincode/protocol/firmware/vendor-key.ts';
import { claimDraftSchema, claimResource } from '../../chaincode/protocol/onboarding/claim.ts';
import { voucherDraftSchema } from '../../chaincode/protocol/onboarding/voucher.ts';
import { resourceOfEntry } from '../../chaincode/protocol/policy/command-resource.ts';
import {
  resourceOf,
  resourceOfNew,
  resourceOfType,
} from '../../chaincode/protocol/policy/device-resource.ts';
import type { Resource } from '../../chaincode/protocol/policy/request.ts';
import type { Parameter } from '../../network/signing/parameters.ts';
import type { Signable } from '../../network/signing/signable.ts';
import type { LedgerAction } from '../../network/signing/proposal.ts';
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
  device: ({ subject, known }) => resourcesOf(subject, known),
  claim: ({ subject, org }) => {
    const { device } = claimDraftSchema.parse(JSON.parse(subject));
    return [claimResource({ device, org })];
  },
  voucher: ({ subject, known }) =>
    voucherDraftSchema.parse(JSON.parse(subject)).devices.flatMap((id) => resourcesOf(id, known)),
  codeId: () => [],
  acceptance: () => [],
  definition: ({ subject, org, known }) => {
    const { type } = commandDefinitionSchema.parse(JSON.parse(subject));
    return [resourceOfEntry({ org: known.type(type)?.org ?? org, type })];
  },
  commands: ({ subject, known }) =>
    commandDraftsSchema
      .parse(JSON.parse(subject))
      .flatMap(({ devices }) => devices)
      .flatMap((id) => resourcesOf(id, known)),
  command: () => [],
  release: ({ subject, org, known }) => {
    const { type } = releaseDraftSchema.parse(JSON.parse(subject));
    return [releaseResource({ org: known.type(type)?.org ?? org, type })];
  },
  releaseId: () => [],
  rollout: () => [],
  rolloutId: () => [],
  vendorKey: ({ org }) => [vendorKeyResource({ org })],
  vendorKeyId: () => [],
  type: ({ subject, org, known }) => {
    const { name } = typeDefinitionSchema.parse(JSON.parse(subject));
    return [resourceOfType({ org: known.type(name)?.org ?? org, name })];
  },
};

function resourcesOf(device: string, known: KnownThings): Resource[] {
  const found = known.known(device);
  return found === undefined ? [] : [resourceOf(found)];
}

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
