import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  chmodSync,
  renameSync,
  rmSync,
  symlinkSync,
  readFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { PRIVATE_FILE, PRIVATE_FOLDER, writeFileAtomically } from '../home/files.ts';
import type { Home } from '../home/home.ts';
import { allOrganisations, type Organisation } from '../home/organisations.ts';
import { portsOf } from '../home/ports.ts';
import { type Credentials, ensureCredentials, openAuthority } from '../pki/credentials.ts';
import { type NodeCrypto, type OrganisationCrypto, organisationCrypto } from './crypto-paths.ts';
import { run } from '../processes/run.ts';
import type { FabricTools } from './tools.ts';

/** All servers of an instance run on this machine and are reached under these names. */
export const SERVER_HOSTS = ['127.0.0.1', 'localhost'];

const SERVER_DAYS = 3650;
const SERVER = { usages: ['server', 'client'], hosts: SERVER_HOSTS, days: SERVER_DAYS } as const;

/**
 * Makes the organisations' authorities, and their peers', orderers' and chaincode servers' keys, once.
 * cryptogen makes an organisation with its peer and administrator; the rest is issued from the organisation's
 * authorities, so that each organisation has one of a kind and not a second one for its orderer.
 */
export async function ensureCrypto(home: Home, tools: FabricTools): Promise<void> {
  const target = home.path('crypto');
  if (!existsSync(target))
    await generate(home, tools, { organisations: allOrganisations(), folder: '', target });
  await Promise.all(allOrganisations().map((organisation) => completeOrganisation(home, organisation)));
}

/** The same for an organisation that comes later. */
export async function ensureOrganisationCrypto(
  home: Home,
  tools: FabricTools,
  organisation: Organisation,
): Promise<void> {
  const folder = join('peerOrganizations', organisation.name);
  const target = home.path('crypto', folder);
  if (!existsSync(target)) await generate(home, tools, { organisations: [organisation], folder, target });
  await completeOrganisation(home, organisation);
}

/** A further peer's identity and TLS keys, and its way to the chaincode server that it shares with the first. */
export async function ensureSecondPeerCrypto(home: Home, organisation: Organisation): Promise<void> {
  const { name } = organisation;
  const crypto = organisationCrypto(home, name);
  await ensureNode(crypto.secondPeer, crypto, { commonName: `peer-2.${name}`, organizationalUnit: 'peer' });
  writeFileAtomically(
    crypto.secondChaincodeConnection,
    chaincodeConnection(home, organisation, crypto.secondPeer.tls),
  );
}

interface Generation {
  readonly organisations: readonly Organisation[];
  /** Which part of what cryptogen makes is wanted. */
  readonly folder: string;
  readonly target: string;
}

async function generate(
  home: Home,
  tools: FabricTools,
  { organisations, folder, target }: Generation,
): Promise<void> {
  const draft = home.path('crypto.draft');
  rmSync(draft, { recursive: true, force: true });
  const settings = home.path('crypto-config.yaml');
  writeFileAtomically(settings, JSON.stringify(cryptoConfig(organisations), null, 2));
  await run(join(tools.bin, 'cryptogen'), ['generate', `--config=${settings}`, `--output=${draft}`]);
  protectKeys(draft);
  renameSync(join(draft, folder), target);
  rmSync(draft, { recursive: true, force: true });
}

/** cryptogen's settings. YAML is a superset of JSON, so JSON is what we write. */
function cryptoConfig(organisations: readonly Organisation[]): object {
  return {
    PeerOrgs: organisations.map(({ name, mspId }) => ({
      Name: mspId,
      Domain: name,
      EnableNodeOUs: true,
      Specs: [{ Hostname: 'peer', SANS: SERVER_HOSTS }],
    })),
  };
}

/** cryptogen leaves some keys and folders open to everybody on the machine. */
function protectKeys(root: string): void {
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? PRIVATE_FOLDER : PRIVATE_FILE);
  }
}

async function completeOrganisation(home: Home, organisation: Organisation): Promise<void> {
  const { name } = organisation;
  const crypto = organisationCrypto(home, name);
  await ensureNode(crypto.orderer, crypto, { commonName: `orderer.${name}`, organizationalUnit: 'orderer' });
  const tlsAuthority = openAuthority(crypto.tlsAuthority);
  await ensureCredentials(crypto.chaincode, tlsAuthority, { commonName: `chaincode.${name}`, ...SERVER });
  writeFileAtomically(crypto.chaincodeConnection, chaincodeConnection(home, organisation, crypto.peer.tls));
}

async function ensureNode(
  node: NodeCrypto,
  organisation: OrganisationCrypto,
  identity: { readonly commonName: string; readonly organizationalUnit: string },
): Promise<void> {
  const signing = { ...identity, days: SERVER_DAYS };
  await ensureCredentials(mspCredentials(node.msp), openAuthority(organisation.authority), signing);
  completeMsp(node.msp, organisation.msp);
  const { commonName } = identity;
  await ensureCredentials(node.tls, openAuthority(organisation.tlsAuthority), { commonName, ...SERVER });
}

/** Where an MSP folder keeps its one identity. */
export function mspCredentials(msp: string): Credentials {
  return { certificateFile: join(msp, 'signcerts', 'cert.pem'), keyFile: join(msp, 'keystore', 'key.pem') };
}

/** Adds what an MSP folder needs beside the identity: the organisation's authorities and the meaning of its units. */
export function completeMsp(msp: string, organisationMsp: string): void {
  for (const part of ['cacerts', 'tlscacerts', 'config.yaml']) {
    cpSync(join(organisationMsp, part), join(msp, part), { recursive: true });
  }
}

/** Makes an MSP folder for a certificate and key that lie elsewhere, without a second copy of the key. */
export function linkMsp(msp: string, credentials: Credentials, organisationMsp: string): void {
  const places = mspCredentials(msp);
  link(credentials.certificateFile, places.certificateFile);
  link(credentials.keyFile, places.keyFile);
  completeMsp(msp, organisationMsp);
}

function link(target: string, place: string): void {
  mkdirSync(dirname(place), { recursive: true, mode: PRIVATE_FOLDER });
  rmSync(place, { force: true });
  symlinkSync(relative(dirname(place), target), place);
}

/**
 * What the external builder hands to the peer in place of the package's own connection.json. The package can so be
 * the same, byte for byte, in all organisations, and no key travels in it.
 */
function chaincodeConnection(home: Home, organisation: Organisation, peer: Credentials): string {
  const { tlsAuthority } = organisationCrypto(home, organisation.name);
  const connection = {
    address: `127.0.0.1:${portsOf(home.ports, organisation).chaincode}`,
    dial_timeout: '3s',
    tls_required: true,
    client_auth_required: true,
    client_key: readFileSync(peer.keyFile, 'utf8'),
    client_cert: readFileSync(peer.certificateFile, 'utf8'),
    root_cert: readFileSync(tlsAuthority.certificateFile, 'utf8'),
  };
  return JSON.stringify(connection, null, 2);
}
