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
import { type Credentials, ensureCredentials, openAuthority } from '../pki/credentials.ts';
import { organisationCrypto } from './crypto-paths.ts';
import { run } from '../processes/run.ts';
import type { FabricTools } from './tools.ts';

/** All servers of an instance run on this machine and are reached under these names. */
export const SERVER_HOSTS = ['127.0.0.1', 'localhost'];

const SERVER_DAYS = 3650;

/**
 * Makes the organisations' authorities, and their peers', orderers' and chaincode servers' keys, once.
 * cryptogen makes an organisation with its peer and administrator; the rest is issued from the organisation's
 * authorities, so that each organisation has one of a kind and not a second one for its orderer.
 */
export async function ensureCrypto(home: Home, tools: FabricTools): Promise<void> {
  await generate(home, tools);
  await Promise.all(allOrganisations().map((organisation) => completeOrganisation(home, organisation)));
}

async function generate(home: Home, tools: FabricTools): Promise<void> {
  const target = home.path('crypto');
  if (existsSync(target)) return;
  const draft = home.path('crypto.draft');
  rmSync(draft, { recursive: true, force: true });
  const settings = home.path('crypto-config.yaml');
  writeFileAtomically(settings, JSON.stringify(cryptoConfig(), null, 2));
  await run(join(tools.bin, 'cryptogen'), ['generate', `--config=${settings}`, `--output=${draft}`]);
  protectKeys(draft);
  renameSync(draft, target);
}

/** cryptogen's settings. YAML is a superset of JSON, so JSON is what we write. */
function cryptoConfig(): object {
  return {
    PeerOrgs: allOrganisations().map(({ name, mspId }) => ({
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
  const authority = openAuthority(crypto.authority);
  const tlsAuthority = openAuthority(crypto.tlsAuthority);
  const server = { usages: ['server', 'client'], hosts: SERVER_HOSTS, days: SERVER_DAYS } as const;
  const orderer = `orderer.${name}`;
  await ensureCredentials(mspCredentials(crypto.orderer.msp), authority, {
    commonName: orderer,
    organizationalUnit: 'orderer',
    days: SERVER_DAYS,
  });
  completeMsp(crypto.orderer.msp, crypto.msp);
  await ensureCredentials(crypto.orderer.tls, tlsAuthority, { commonName: orderer, ...server });
  await ensureCredentials(crypto.chaincode, tlsAuthority, { commonName: `chaincode.${name}`, ...server });
  writeChaincodeConnection(home, organisation);
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
function writeChaincodeConnection(home: Home, { name }: Organisation): void {
  const crypto = organisationCrypto(home, name);
  const connection = {
    address: `127.0.0.1:${home.ports.organisations[name].chaincode}`,
    dial_timeout: '3s',
    tls_required: true,
    client_auth_required: true,
    client_key: readFileSync(crypto.peer.tls.keyFile, 'utf8'),
    client_cert: readFileSync(crypto.peer.tls.certificateFile, 'utf8'),
    root_cert: readFileSync(crypto.tlsAuthority.certificateFile, 'utf8'),
  };
  writeFileAtomically(crypto.chaincodeConnection, JSON.stringify(connection, null, 2));
}
