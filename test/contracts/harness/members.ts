import type { Role } from '../../../chaincode/protocol/policy/actions.ts';
import type { Attributes } from '../../../network/pki/attributes.ts';
import { type Authority, createAuthority, issueCertificate } from '../../../network/pki/authority.ts';
import { generateKeyPair, publicKeyDer } from '../../../network/pki/keys.ts';

/** Who signs a proposal: Fabric's MSP id, and a real certificate in PEM. */
export interface Credentials {
  mspId: string;
  certificate: string;
}

const authorities = new Map<string, Promise<Authority>>();

function authorityOf(mspId: string): Promise<Authority> {
  const authority = authorities.get(mspId) ?? createAuthority(`ca.${mspId}`);
  authorities.set(mspId, authority);
  return authority;
}

export interface Enrolment {
  mspId: string;
  commonName: string;
  attributes?: Attributes;
}

export async function enrol({ mspId, commonName, attributes }: Enrolment): Promise<Credentials> {
  const certificate = await issueCertificate(await authorityOf(mspId), {
    commonName,
    organizationalUnit: 'client',
    publicKey: publicKeyDer(generateKeyPair().publicKey),
    days: 1,
    ...(attributes === undefined ? {} : { attributes }),
  });
  return { mspId, certificate };
}

const enrolled = new Map<string, Promise<Credentials>>();

/** `role@organisation` with that role: the same each time. */
export function enrolRole(
  organisation: 'manufacturer' | 'operator' | 'auditor',
  role: Role,
): Promise<Credentials> {
  const mspId = { manufacturer: 'ManufacturerMSP', operator: 'OperatorMSP', auditor: 'AuditorMSP' }[
    organisation
  ];
  const commonName = `${role}@${organisation}`;
  const member =
    enrolled.get(commonName) ??
    enrol({
      mspId,
      commonName,
      attributes: { 'biot.role': role, 'biot.tenants': '*' },
    });
  enrolled.set(commonName, member);
  return member;
}
