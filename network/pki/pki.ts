import { existsSync, readFileSync, rmSync } from 'node:fs';
import { TENANTS_ATTRIBUTE, writeTenants } from '../../chaincode/protocol/tenants.ts';
import { PRIVATE_FILE, writeFileAtomically } from '../home/files.ts';
import type { Home } from '../home/home.ts';
import { type Member, MEMBERS } from '../home/organisations.ts';
import { organisationCrypto } from '../fabric/crypto-paths.ts';
import { linkMsp, SERVER_HOSTS } from '../fabric/crypto.ts';
import { readAttributes } from './attributes.ts';
import type { Authority, CertificateRequest } from './authority.ts';
import {
  type Credentials,
  credentialsIn,
  ensureAuthority,
  ensureCredentials,
  openAuthority,
} from './credentials.ts';
import { createRevocationList } from './revocation-list.ts';

const LEAF_DAYS = 825;

/** The attribute in a member's certificate that the contracts judge by. */
export const ROLE_ATTRIBUTE = 'biot.role';

/** Certificates from the platform's own authority: of its servers, and of its services towards the broker. */
const PLATFORM_CERTIFICATES: readonly (Pick<CertificateRequest, 'commonName' | 'usages' | 'hosts'> & {
  folder: string;
})[] = [
  { folder: 'gateway', commonName: 'gateway', usages: ['server'], hosts: SERVER_HOSTS },
  { folder: 'mosquitto', commonName: 'mosquitto', usages: ['server'], hosts: SERVER_HOSTS },
  { folder: 'ingest-1', commonName: 'ingest-1', usages: ['client', 'server'], hosts: SERVER_HOSTS },
  { folder: 'guard', commonName: 'guard', usages: ['client'] },
  { folder: 'guard-issuer', commonName: 'guard', usages: ['server'], hosts: SERVER_HOSTS },
  { folder: 'gateway-mqtt', commonName: 'gateway', usages: ['client'] },
];

/**
 * Makes, once, every key and certificate beside Fabric's own: the authorities of devices and platform, the
 * platform's certificates, and the members'. The organisations' authorities must be there already.
 */
export async function createPki(home: Home): Promise<void> {
  const devices = await ensureAuthority(credentialsIn(home.path('pki', 'devices-ca')), 'BIoT-DM devices');
  await ensureRevocationList(home, devices);
  const platform = await ensureAuthority(credentialsIn(home.path('pki', 'platform-ca')), 'BIoT-DM platform');
  for (const { folder, ...request } of PLATFORM_CERTIFICATES) {
    await ensureCredentials(credentialsIn(home.path('pki', folder)), platform, {
      ...request,
      days: LEAF_DAYS,
    });
  }
  for (const member of MEMBERS) await createMember(home, member);
}

/**
 * Enrols a member: a certificate of its organisation's authority with its role and tenants, and an MSP folder for the
 * peer CLI.
 */
export async function createMember(
  home: Home,
  {
    name,
    organisation,
    role,
    tenants,
  }: Pick<Member, 'name' | 'role' | 'tenants'> & { readonly organisation: string },
): Promise<void> {
  const crypto = organisationCrypto(home, organisation);
  const credentials = credentialsIn(home.path('members', name));
  dropWithoutTenants(credentials);
  await ensureCredentials(
    credentials,
    openAuthority(crypto.authority),
    memberCertificateRequest({ name, role, tenants }),
  );
  linkMsp(home.path('members', name, 'msp'), credentials, crypto.msp);
}

/** What a member's certificate says, and what the contracts judge by. */
export function memberCertificateRequest({
  name,
  role,
  tenants,
}: Pick<Member, 'name' | 'role' | 'tenants'>): Omit<CertificateRequest, 'publicKey'> {
  const written = writeTenants(tenants);
  return {
    commonName: name,
    organizationalUnit: 'client',
    attributes: {
      [ROLE_ATTRIBUTE]: role,
      ...(written === undefined ? {} : { [TENANTS_ATTRIBUTE]: written }),
    },
    days: LEAF_DAYS,
  };
}

/** An instance that was made before members had tenants gets new certificates: with the old ones, nobody sees anything. */
function dropWithoutTenants({ certificateFile }: Credentials): void {
  if (!existsSync(certificateFile)) return;
  if (TENANTS_ATTRIBUTE in readAttributes(readFileSync(certificateFile, 'utf8'))) return;
  rmSync(certificateFile);
}

export function revocationListFile(home: Home): string {
  return home.path('pki', 'devices-ca', 'crl.pem');
}

async function ensureRevocationList(home: Home, devices: Authority): Promise<void> {
  const file = revocationListFile(home);
  if (!existsSync(file)) writeFileAtomically(file, await createRevocationList(devices, []), PRIVATE_FILE);
}
