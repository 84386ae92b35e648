import { existsSync, readFileSync } from 'node:fs';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { memberNameSchema } from '../../chaincode/protocol/identifiers.ts';
import { organisationCrypto } from '../fabric/crypto-paths.ts';
import type { Home } from '../home/home.ts';
import { knownOrganisations, organisationsOf } from '../home/membership.ts';
import type { Organisation } from '../home/organisations.ts';
import { portsOf } from '../home/ports.ts';
import { credentialsIn } from '../pki/credentials.ts';
import type { ConnectOptions } from './client.ts';
import type { Endpoint } from './connection.ts';
import type { Authorities } from './signed-response.ts';

/**
 * What `connectLedger` needs to act as a member of this installation, through the peer of its own organisation.
 *
 * @param member such as `ingest-1@operator`
 * @throws BiotError INVALID_ARGUMENT for a name of no organisation here, NOT_FOUND for a member whose key is not here,
 * NOT_SET_UP when other files are not
 */
export function memberConnection(home: Home, member: string): ConnectOptions {
  const { organisation, certificate, privateKey } = memberCredentials(home, member);
  return {
    ...peerPlace(home, organisation),
    authorities: () => authoritiesOf(home),
    identity: { mspId: organisation.mspId, certificate },
    signer: privateKey,
  };
}

/** A member's organisation, certificate and private key (PEM). @throws BiotError as `memberConnection` does */
export function memberCredentials(
  home: Home,
  member: string,
): { organisation: Organisation; certificate: string; privateKey: string } {
  const organisation = organisationOf(home, member);
  const folder = home.path('members', member);
  const { certificateFile, keyFile } = credentialsIn(folder);
  try {
    return { organisation, certificate: read(certificateFile), privateKey: read(keyFile) };
  } catch (error) {
    // Not asked before: the process that audits may read these two files and nothing beside them.
    throw existsSync(home.path('members')) && !existsSync(folder) ? noKey(member, organisation) : error;
  }
}

/** Where an organisation's peer is in this installation. @throws BiotError NOT_SET_UP */
export function peerPlace(home: Home, organisation: Organisation): Endpoint {
  return {
    endpoint: `127.0.0.1:${portsOf(home.ports, organisation).peer}`,
    tlsRootCertificate: read(organisationCrypto(home, organisation.name).tlsAuthority.certificateFile),
  };
}

/** The authorities whose certificates the organisations' peers sign with. @throws BiotError NOT_SET_UP */
export function authoritiesOf(home: Home): Authorities {
  return new Map(
    organisationsOf(home).map(({ name, mspId }) => [
      mspId,
      read(organisationCrypto(home, name).authority.certificateFile),
    ]),
  );
}

function organisationOf(home: Home, member: string): Organisation {
  const parsed = memberNameSchema.safeParse(member);
  const organisation = knownOrganisations(home).find(({ name }) => parsed.data?.endsWith(`@${name}`));
  if (organisation === undefined) {
    throw new BiotError('INVALID_ARGUMENT', `${JSON.stringify(member)} is no member of an organisation here`);
  }
  return organisation;
}

function noKey(member: string, { name }: Organisation): BiotError {
  const enrol = `scripts/consortium/enrol-member.sh --as ${name} --name ${member.replace(/@.*/, '')} … --files`;
  return new BiotError('NOT_FOUND', `there is no key of ${member} here: ${enrol} leaves one`);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new BiotError('NOT_SET_UP', `cannot read ${file}: was this instance set up?`, { cause });
  }
}
