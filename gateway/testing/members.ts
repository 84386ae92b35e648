/** People for tests: certificates of authorities made for the occasion. */
import {
  type Authority,
  certificatePem,
  createAuthority,
  issueCertificate,
} from '../../network/pki/authority.ts';
import { TENANTS_ATTRIBUTE } from '../../chaincode/protocol/tenants.ts';
import { generateKeyPair, privateKeyPem, publicKeyDer } from '../../network/pki/keys.ts';
import { ROLE_ATTRIBUTE } from '../../network/pki/pki.ts';
import type { MemberAuthority } from '../auth/member-certificate.ts';
import { hashPassword } from '../auth/passwords.ts';
import { sealKey } from '../auth/sealed-key.ts';
import type { StoredMember } from '../../sql/queries/members.ts';

export interface TestMember {
  name: string;
  role: string;
  certificate: string;
  privateKey: string;
  password: string;
}

export async function memberOf(
  authority: Authority,
  name: string,
  role: string,
  tenants = '*',
): Promise<TestMember> {
  const keys = generateKeyPair();
  const certificate = await issueCertificate(authority, {
    commonName: name,
    organizationalUnit: 'client',
    publicKey: publicKeyDer(keys.publicKey),
    attributes: { [ROLE_ATTRIBUTE]: role, [TENANTS_ATTRIBUTE]: tenants },
    days: 30,
  });
  return {
    name,
    role,
    certificate,
    privateKey: privateKeyPem(keys.privateKey),
    password: `password of ${name}`,
  };
}

export async function storedMember(member: TestMember): Promise<StoredMember> {
  const { name, certificate, privateKey, password } = member;
  return {
    name,
    certificate,
    passwordHash: await hashPassword(password),
    sealedKey: await sealKey(name, privateKey, password),
  };
}

export interface TestConsortium {
  authorities: MemberAuthority[];
  manufacturer: Authority;
  operator: Authority;
  auditor: Authority;
}

export async function testConsortium(): Promise<TestConsortium> {
  const [manufacturer, operator, auditor] = await Promise.all(
    ['manufacturer', 'operator', 'auditor'].map((name) => createAuthority(`ca.${name}`)),
  );
  if (!manufacturer || !operator || !auditor) throw new Error('unreachable');
  const authority = (mspId: string, { certificate }: Authority): MemberAuthority => ({
    mspId,
    certificate: certificatePem(certificate),
  });
  return {
    authorities: [
      authority('ManufacturerMSP', manufacturer),
      authority('OperatorMSP', operator),
      authority('AuditorMSP', auditor),
    ],
    manufacturer,
    operator,
    auditor,
  };
}
