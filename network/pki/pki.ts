import { existsSync } from 'node:fs';
import { PRIVATE_FILE, writeFileAtomically } from '../home/files.ts';
import type { Home } from '../home/home.ts';
import { type Member, MEMBERS } from '../home/organisations.ts';
import { organisationCrypto } from '../fabric/crypto-paths.ts';
import { linkMsp, SERVER_HOSTS } from '../fabric/crypto.ts';
import type { Authority, CertificateRequest } from './authority.ts';
import { credentialsIn, ensureAuthority, ensureCredentials, openAuthority } from './credentials.ts';
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

/** Enrols a member: a certificate of its organisation's authority with its role, and an MSP folder for the peer CLI. */
export async function createMember(
  home: Home,
  { name, organisation, role }: Pick<Member, 'name' | 'role'> & { readonly organisation: string },
): Promise<void> {
  const crypto = organisationCrypto(home, organisation);
  const credentials = credentialsIn(home.path('members', name));
  await ensureCredentials(credentials, openAuthority(crypto.authority), {
    commonName: name,
    organizationalUnit: 'client',
    attributes: { [ROLE_ATTRIBUTE]: role },
    days: LEAF_DAYS,
  });
  linkMsp(home.path('members', name, 'msp'), credentials, crypto.msp);
}

export function revocationListFile(home: Home): string {
  return home.path('pki', 'devices-ca', 'crl.pem');
}

async function ensureRevocationList(home: Home, devices: Authority): Promise<void> {
  const file = revocationListFile(home);
  if (!existsSync(file)) writeFileAtomically(file, await createRevocationList(devices, []), PRIVATE_FILE);
}
