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
export type Change = z.infer<typeof changeSchema>;

/** @returns the configuration as the change makes it; the same one when that is so already. */
export function changed(config: Config, change: Change): Config {
  const channel = config.channel_group;
  const application = requireGroup(channel, 'Application');
  const orderer = requireGroup(channel, 'Orderer');
  const next =
    change.kind === 'add'
      ? {
          Application: withGroup(application, change.mspId, change.application),
          Orderer: withConsenter(withGroup(orderer, change.mspId, change.orderer), change.consenter),
        }
      : {
          Application: withoutGroup(application, change.mspId),
          Orderer: withoutConsentersOf(withoutGroup(orderer, change.mspId), orderer, change.mspId),
        };
  return { ...config, channel_group: { ...channel, groups: { ...channel.groups, ...next } } };
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
