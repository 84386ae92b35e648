/** Says in plain text what changed in a channel's configuration, and who agreed to it. */
import { X509Certificate } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';

import { organisationName } from '../../chaincode/protocol/identifiers.ts';
import { consentersIn } from './config-change.ts';
import type {
  Config,
  ConfigBlock,
  ConfigElement,
  ConfigGroup,
  Creator,
  UpdateEnvelope,
} from './config-json.ts';

/** One line a change: "adds SupplierMSP to Application". */
export function changesBetween(before: Config, after: Config): string[] {
  return groupChanges('the channel', before.channel_group, after.channel_group);
}

function groupChanges(place: string, before: ConfigGroup, after: ConfigGroup): string[] {
  const inner = Object.entries(after.groups).flatMap(([name, group]) => {
    const known = before.groups[name];
    const path = place === 'the channel' ? name : `${place}/${name}`;
    return known === undefined ? [] : groupChanges(path, known, group);
  });
  return [
    ...membershipChanges(place, before.groups, after.groups),
    ...elementChanges(place, before.values, after.values),
    ...elementChanges(place, before.policies, after.policies),
    ...consenterChanges(before, after),
    ...inner,
  ];
}

type Named = Readonly<Record<string, unknown>>;

function membershipChanges(place: string, before: Named, after: Named): string[] {
  const added = Object.keys(after).filter((name) => before[name] === undefined);
  const removed = Object.keys(before).filter((name) => after[name] === undefined);
  return [
    ...added.map((name) => `adds ${name} to ${place}`),
    ...removed.map((name) => `removes ${name} from ${place}`),
  ];
}

type Elements = Readonly<Record<string, ConfigElement>>;

function elementChanges(place: string, before: Elements, after: Elements): string[] {
  const changed = Object.entries(after)
    .filter(([name, element]) => before[name] !== undefined && !isDeepStrictEqual(before[name], element))
    .map(([name]) => `changes ${name} of ${place}`);
  return [...membershipChanges(place, before, after), ...changed];
}

function consenterChanges(before: ConfigGroup, after: ConfigGroup): string[] {
  if (isDeepStrictEqual(before.values['ConsensusType'], after.values['ConsensusType'])) return [];
  const addresses = consentersIn(after).map(({ host, port }) => `${host}:${port}`);
  return [`makes the orderers ${addresses.join(', ')}`];
}

/** The organisations that signed, each once. */
export function signersOf({ payload }: UpdateEnvelope): Creator[] {
  const creators = payload.data.signatures.map(({ signature_header: { creator } }) => creator);
  return creators.filter(
    ({ mspid }, index) => creators.findIndex((other) => other.mspid === mspid) === index,
  );
}

/** "operator (Admin@operator)" */
function creatorText({ mspid, id_bytes: certificate }: Creator): string {
  const { subject } = new X509Certificate(Buffer.from(certificate, 'base64'));
  const name = /^CN=(.*)$/m.exec(subject)?.[1] ?? subject;
  return `${organisationName(mspid)} (${name})`;
}

/**
 * Some lines: which block, when, what it changed, and whose signatures it bears.
 * @param before the configuration that it changed; none for a channel's first
 */
export function configBlockText({ header, data }: ConfigBlock, before: ConfigBlock | undefined): string {
  const { payload } = data.data[0];
  const head = `block ${header.number}  ${payload.header.channel_header.timestamp}`;
  const update = payload.data.last_update ?? null;
  if (update === null || before === undefined)
    return `${head}\n  the channel's first configuration; who joined with this block approved it`;
  const lines = changesBetween(before.data.data[0].payload.data.config, payload.data.config);
  const signers = signersOf(update).map(creatorText);
  return [head, ...lines.map((line) => `  ${line}`), `  signed by ${signers.join(', ')}`].join('\n');
}
