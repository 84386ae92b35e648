/** What a change of the consortium makes of a channel's configuration. */
import { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { organisationSchema } from '../../chaincode/protocol/identifiers.ts';
import {
  type Config,
  type ConfigGroup,
  consensusSchema,
  type Consenter,
  groupSchema,
} from './config-json.ts';

const consenterSchema = z.object({
  host: z.string(),
  port: z.int(),
  client_tls_cert: z.string(),
  server_tls_cert: z.string(),
});

/** An organisation that comes, with all that the others need to know of it, or one that goes. */
export const changeSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('add'),
    mspId: organisationSchema,
    application: groupSchema,
    orderer: groupSchema,
    consenter: consenterSchema,
  }),
  z.strictObject({ kind: z.literal('remove'), mspId: organisationSchema }),
]);

/**
 * An organisation that takes certificates back: all its lists of those, in Base64. It is apart from the others because
 * nobody is to sign it who was asked to sign one of them.
 */
export const revocationSchema = z.strictObject({
  kind: z.literal('revoke'),
  mspId: organisationSchema,
  lists: z.array(z.base64()),
});
export type Revocation = z.infer<typeof revocationSchema>;

type Change = z.infer<typeof changeSchema> | Revocation;

/** @returns the configuration as the change makes it; the same one when that is so already. */
export function changed(config: Config, change: Change): Config {
  const channel = config.channel_group;
  const application = requireGroup(channel, 'Application');
  const orderer = requireGroup(channel, 'Orderer');
  const next = changedGroups({ application, orderer }, change);
  return { ...config, channel_group: { ...channel, groups: { ...channel.groups, ...next } } };
}

interface Groups {
  readonly application: ConfigGroup;
  readonly orderer: ConfigGroup;
}

function changedGroups({ application, orderer }: Groups, change: Change): ConfigGroup['groups'] {
  const { mspId } = change;
  switch (change.kind) {
    case 'add':
      return {
        Application: withGroup(application, mspId, change.application),
        Orderer: withConsenter(withGroup(orderer, mspId, change.orderer), change.consenter),
      };
    case 'remove':
      return {
        Application: withoutGroup(application, mspId),
        Orderer: withoutConsentersOf(withoutGroup(orderer, mspId), orderer, mspId),
      };
    case 'revoke':
      // Fabric takes no configuration in which the two define an organisation differently.
      return {
        Application: withRevocationLists(application, change),
        Orderer: withRevocationLists(orderer, change),
      };
  }
}

/** The MSP ids of the channel's members. */
export function membersIn(config: Config): string[] {
  return Object.keys(requireGroup(config.channel_group, 'Application').groups).toSorted();
}

function requireGroup(channel: ConfigGroup, name: string): ConfigGroup {
  const group = channel.groups[name];
  if (group === undefined) throw new BiotError('INVALID_ARGUMENT', `the configuration has no group ${name}`);
  return group;
}

/** One that is there stays as it is: it may have changed since it came. */
function withGroup(parent: ConfigGroup, mspId: string, group: ConfigGroup): ConfigGroup {
  return { ...parent, groups: { [mspId]: group, ...parent.groups } };
}

function withoutGroup(parent: ConfigGroup, mspId: string): ConfigGroup {
  const groups = Object.entries(parent.groups).filter(([name]) => name !== mspId);
  return { ...parent, groups: Object.fromEntries(groups) };
}

const mspSchema = z.looseObject({
  config: z.looseObject({ revocation_list: z.array(z.base64()).nullish() }),
});

/** An organisation's lists of revoked certificates, in Base64. @throws BiotError NOT_FOUND when it is no member */
export function revocationListsIn(config: Config, mspId: string): string[] {
  const msp = requireGroup(config.channel_group, 'Application').groups[mspId]?.values['MSP'];
  if (msp === undefined) throw new BiotError('NOT_FOUND', `${mspId} is no member of the channel`);
  return mspSchema.parse(msp.value).config.revocation_list ?? [];
}

/** Not every member needs to have an orderer. */
function withRevocationLists(parent: ConfigGroup, { mspId, lists }: Revocation): ConfigGroup {
  const group = parent.groups[mspId];
  const msp = group?.values['MSP'];
  if (group === undefined || msp === undefined) return parent;
  const { config, ...rest } = mspSchema.parse(msp.value);
  const MSP = { ...msp, value: { ...rest, config: { ...config, revocation_list: [...lists] } } };
  return {
    ...parent,
    groups: { ...parent.groups, [mspId]: { ...group, values: { ...group.values, MSP } } },
  };
}

export function consentersIn(orderer: ConfigGroup): Consenter[] {
  return consensusSchema.parse(orderer.values['ConsensusType']?.value).metadata.consenters;
}

function withConsenter(orderer: ConfigGroup, consenter: Consenter): ConfigGroup {
  const present = consentersIn(orderer);
  return present.some((other) => sameAddress(other, consenter))
    ? orderer
    : withConsenters(orderer, [...present, consenter]);
}

/** An organisation's orderers are those at the addresses that its group names. */
function withoutConsentersOf(orderer: ConfigGroup, before: ConfigGroup, mspId: string): ConfigGroup {
  const addresses = endpointsOf(before.groups[mspId]);
  const present = consentersIn(orderer);
  const rest = present.filter(({ host, port }) => !addresses.includes(`${host}:${port}`));
  return rest.length === present.length ? orderer : withConsenters(orderer, rest);
}

const endpointsSchema = z.looseObject({ addresses: z.array(z.string()) });

function endpointsOf(organisation: ConfigGroup | undefined): string[] {
  const value = organisation?.values['Endpoints']?.value;
  return value === undefined ? [] : endpointsSchema.parse(value).addresses;
}

function sameAddress(one: Consenter, other: Consenter): boolean {
  return one.host === other.host && one.port === other.port;
}

function withConsenters(orderer: ConfigGroup, consenters: readonly Consenter[]): ConfigGroup {
  const type = orderer.values['ConsensusType'];
  if (type === undefined) throw new BiotError('INVALID_ARGUMENT', 'the configuration has no ConsensusType');
  const value = consensusSchema.parse(type.value);
  const metadata = { ...value.metadata, consenters: [...consenters] };
  const ConsensusType = { ...type, value: { ...value, metadata } };
  return { ...orderer, values: { ...orderer.values, ConsensusType } };
}
