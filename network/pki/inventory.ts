import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type NodeCrypto, organisationCrypto } from '../fabric/crypto-paths.ts';
import type { Home } from '../home/home.ts';
import { organisationsWithSecondPeer, organisationsOf } from '../home/membership.ts';
import { MEMBERS, type Organisation } from '../home/organisations.ts';
import { type Credentials, credentialsIn } from './credentials.ts';

/** A certificate that the home keeps, and who is concerned when it is exchanged. */
export interface KeptCertificate {
  /** The organisation, or `platform`. */
  readonly owner: string;
  /** "peer, TLS" */
  readonly what: string;
  readonly file: string;
  /** Who issued it; none for an authority's own. */
  readonly authority?: Credentials;
  /** Processes that read it when they start. */
  readonly usedBy: readonly string[];
}

/** Services act with a member's certificate. */
const SERVICES: Readonly<Record<string, string>> = {
  'gateway@operator': 'gateway',
  'ingest-1@operator': 'ingest',
  'guard@operator': 'guard',
};

/** Which processes read a certificate of the platform's own authority. */
const PLATFORM_USERS: Readonly<Record<string, readonly string[]>> = {
  gateway: ['gateway'],
  mosquitto: ['mosquitto'],
  'ingest-1': ['ingest'],
  guard: ['guard'],
  'guard-issuer': ['guard'],
  'gateway-mqtt': ['gateway'],
};

/** Every certificate of the instance but those of devices, which take a new one with a new key. */
export function keptCertificates(home: Home): KeptCertificate[] {
  return [
    ...organisationsOf(home).flatMap((organisation) => certificatesOf(home, organisation)),
    ...organisationsWithSecondPeer(home).flatMap(({ name }) => {
      const { secondPeer } = organisationCrypto(home, name);
      return nodeCertificates(home, name, {
        what: 'second peer',
        node: secondPeer,
        process: `${name}-peer-2`,
      });
    }),
    ...platformCertificates(home),
  ];
}

function certificatesOf(home: Home, { name }: Organisation): KeptCertificate[] {
  const { authority, tlsAuthority, peer, orderer, administrator, chaincode } = organisationCrypto(home, name);
  const nobody: readonly string[] = [];
  return [
    { owner: name, what: 'authority', file: authority.certificateFile, usedBy: nobody },
    { owner: name, what: 'TLS authority', file: tlsAuthority.certificateFile, usedBy: nobody },
    ...nodeCertificates(home, name, { what: 'peer', node: peer, process: `${name}-peer` }),
    ...nodeCertificates(home, name, { what: 'orderer', node: orderer, process: `${name}-orderer` }),
    ...nodeCertificates(home, name, { what: 'administrator', node: administrator }),
    {
      owner: name,
      what: 'chaincode server, TLS',
      file: chaincode.certificateFile,
      authority: tlsAuthority,
      usedBy: [`${name}-chaincode`],
    },
    ...membersOf(home, name),
  ];
}

interface Node {
  readonly what: string;
  readonly node: NodeCrypto;
  readonly process?: string;
}

function nodeCertificates(home: Home, owner: string, { what, node, process }: Node): KeptCertificate[] {
  const { authority, tlsAuthority } = organisationCrypto(home, owner);
  const usedBy = process === undefined ? [] : [process];
  return [
    { owner, what, file: signingCertificate(node.msp), authority, usedBy },
    { owner, what: `${what}, TLS`, file: node.tls.certificateFile, authority: tlsAuthority, usedBy },
  ];
}

/** An MSP folder has one identity, whose file cryptogen names after it. */
function signingCertificate(msp: string): string {
  const folder = join(msp, 'signcerts');
  const [file = 'cert.pem'] = readdirSync(folder);
  return join(folder, file);
}

function membersOf(home: Home, organisation: string): KeptCertificate[] {
  const { authority } = organisationCrypto(home, organisation);
  return memberNames(home)
    .filter((name) => name.endsWith(`@${organisation}`))
    .map((name) => {
      const service = SERVICES[name];
      return {
        owner: organisation,
        what: `member ${name}`,
        file: credentialsIn(home.path('members', name)).certificateFile,
        authority,
        usedBy: service === undefined ? [] : [service],
      };
    });
}

function memberNames(home: Home): string[] {
  const folder = home.path('members');
  return existsSync(folder) ? readdirSync(folder).toSorted() : MEMBERS.map(({ name }) => name);
}

function platformCertificates(home: Home): KeptCertificate[] {
  const authority = credentialsIn(home.path('pki', 'platform-ca'));
  const owner = 'platform';
  const authorities = ['platform-ca', 'devices-ca'].map((folder) => ({
    owner,
    what: `authority ${folder}`,
    file: credentialsIn(home.path('pki', folder)).certificateFile,
    usedBy: [],
  }));
  const issued = Object.entries(PLATFORM_USERS).map(([folder, usedBy]) => ({
    owner,
    what: `${folder}, TLS`,
    file: credentialsIn(home.path('pki', folder)).certificateFile,
    authority,
    usedBy,
  }));
  return [...authorities, ...issued];
}
