import { readFileSync } from 'node:fs';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { memberNameSchema } from '../../chaincode/protocol/identifiers.ts';
import { organisationCrypto } from '../fabric/crypto-paths.ts';
import type { Home } from '../home/home.ts';
import { ORGANISATION_NAMES, type Organisation, ORGANISATIONS } from '../home/organisations.ts';
import { credentialsIn } from '../pki/credentials.ts';
import type { ConnectOptions } from './client.ts';

/**
 * What `connectLedger` needs to act as a member of this installation, through the peer of its own organisation.
 *
 * @param member such as `ingest-1@operator`
 * @throws BiotError INVALID_ARGUMENT for a name of no organisation here, NOT_SET_UP when its files are not there
 */
export function memberConnection(home: Home, member: string): ConnectOptions {
  const organisation = organisationOf(member);
  const { certificateFile, keyFile } = credentialsIn(home.path('members', member));
  return {
    endpoint: `127.0.0.1:${home.ports.organisations[organisation.name].peer}`,
    tlsRootCertificate: read(organisationCrypto(home, organisation.name).tlsAuthority.certificateFile),
    identity: { mspId: organisation.mspId, certificate: read(certificateFile) },
    signer: read(keyFile),
  };
}

function organisationOf(member: string): Organisation {
  const parsed = memberNameSchema.safeParse(member);
  const name = ORGANISATION_NAMES.find((candidate) => parsed.data?.endsWith(`@${candidate}`));
  if (name === undefined) {
    throw new BiotError('INVALID_ARGUMENT', `${JSON.stringify(member)} is no member of an organisation here`);
  }
  return ORGANISATIONS[name];
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new BiotError('NOT_SET_UP', `cannot read ${file}: was this instance set up?`, { cause });
  }
}
