/** Says in plain text what a channel's configuration update changes, and who agreed to it. */
import { X509Certificate } from 'node:crypto';

import { organisationName } from '../../chaincode/protocol/identifiers.ts';
import { consentersIn } from './config-change.ts';
import type {
  ConfigBlock,
  ConfigElement,
  ConfigGroup,
  ConfigUpdate,
  Creator,
  UpdateEnvelope,
} from './config-json.ts';

/** One line a change: "adds SupplierMSP to Application". */
export function updateText({ read_set: read, write_set: write }: ConfigUpdate): string[] {
  return changesIn('', read, write);
}

/**
 * An update names what it builds upon with its version (read set), and what it changes with the next version (write
 * set); a group with the next version has other members than before.
 */
function changesIn(path: string, read: ConfigGroup | undefined, write: ConfigGroup): string[] {
  if (read === undefined) return [];
  const place = path === '' ? 'the channel' : path;
  const members = write.version === read.version ? [] : membershipChanges(place, read, write);
  const inner = Object.entries(write.groups).flatMap(([name, group]) =>
    changesIn(path === '' ? name : `${path}/${name}`, read.groups[name], group),
  );
  return [
    ...members,
    ...elementChanges(place, 'policy', read.policies, write.policies),
    ...elementChanges(place, 'value', read.values, write.values),
    ...consenterLine(read, write),
    ...inner,
  ];
}

function membershipChanges(place: string, read: ConfigGroup, write: ConfigGroup): string[] {
  return (['groups', 'values', 'policies'] as const).flatMap((kind) => {
    const before = Object.keys(read[kind]);
    // What is merely changed is not in the read set either, but is not the first of its name.
    const added = Object.entries(write[kind])
      .filter(([name, { version }]) => !before.includes(name) && version === '0')
      .map(([name]) => `adds ${name} to ${place}`);
    const removed = before
      .filter((name) => write[kind][name] === undefined)
      .map((name) => `removes ${name} from ${place}`);
    return [...added, ...removed];
  });
}

function elementChanges(
  place: string,
  kind: string,
  before: Readonly<Record<string, ConfigElement>>,
  after: Readonly<Record<string, ConfigElement>>,
): string[] {
  return Object.entries(after)
    .filter(([name, { version }]) => isNext(before[name]?.version, version))
    .map(([name]) => `changes the ${kind} ${name} of ${place}`);
}

/** A value that is changed need not be in the read set; its version then is not the first. */
function isNext(before: string | undefined, after: string): boolean {
  return before === undefined ? after !== '0' : before !== after;
}

function consenterLine(read: ConfigGroup, { values, ...write }: ConfigGroup): string[] {
  const consensus = values['ConsensusType'];
  if (consensus === undefined || !isNext(read.values['ConsensusType']?.version, consensus.version)) return [];
  const addresses = consentersIn({ values, ...write }).map(({ host, port }) => `${host}:${port}`);
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
export function creatorText({ mspid, id_bytes: certificate }: Creator): string {
  const { subject } = new X509Certificate(Buffer.from(certificate, 'base64'));
  const name = /^CN=(.*)$/m.exec(subject)?.[1] ?? subject;
  return `${organisationName(mspid)} (${name})`;
}

/** Some lines: which block, when, what it changed, and whose signatures it bears. */
export function configBlockText({ header, data }: ConfigBlock): string {
  const { payload } = data.data[0];
  const { timestamp } = payload.header.channel_header;
  const update = payload.data.last_update ?? null;
  const head = `block ${header.number}  ${timestamp}`;
  if (update === null)
    return `${head}\n  the channel's first configuration; who joined with this block approved it`;
  const lines = updateText(update.payload.data.config_update);
  const signers = signersOf(update).map(creatorText);
  return [head, ...lines.map((line) => `  ${line}`), `  signed by ${signers.join(', ')}`].join('\n');
}
