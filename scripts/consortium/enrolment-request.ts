/** What enrol-member.sh is asked for, checked before anything is made. */
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { memberNameSchema } from '../../chaincode/protocol/identifiers.ts';
import { type Role, ROLES, roleSchema } from '../../chaincode/protocol/policy/actions.ts';
import { readTenants, type Tenants } from '../../chaincode/protocol/tenants.ts';
import type { Organisation } from '../../network/home/organisations.ts';

/** A member by name. */
export interface AskedMember {
  readonly name: string;
  readonly organisation: Organisation;
}

/** What its certificate is to say; for a renewal, as far as it is to change. */
export interface AskedChanges {
  readonly role: Role | undefined;
  readonly tenants: Tenants | undefined;
  /** Whether a person's key is to be left in a folder, too. */
  readonly files: boolean;
}

interface Words {
  readonly as?: string | undefined;
  readonly name?: string | undefined;
  readonly role?: string | undefined;
  readonly tenants?: string | undefined;
  readonly files?: boolean;
  readonly renew?: boolean;
  readonly remove?: boolean;
  readonly csr?: string | undefined;
  readonly out?: string | undefined;
}

function invalid(message: string): BiotError {
  return new BiotError('INVALID_ARGUMENT', message);
}

/** @param members the consortium's @throws BiotError INVALID_ARGUMENT */
export function memberAsked(
  { as = '', name = '', renew, remove }: Words,
  members: readonly Organisation[],
): AskedMember {
  const organisation = organisationAsked(as, members);
  if (renew === true && remove === true) throw invalid('either --renew or --remove');
  return { name: nameAsked(name, as), organisation };
}

/** The whole name of a member of the organisation. @throws BiotError INVALID_ARGUMENT */
export function nameAsked(name: string, as: string): string {
  const [local = '', other = as] = name.split('@');
  if (other !== as) {
    throw invalid(`--name: ${name} is none of ${as}'s: an organisation enrols its own members alone`);
  }
  const whole = memberNameSchema.safeParse(name.includes('@') ? name : `${local}@${as}`);
  if (!whole.success) throw invalid('--name: a-z, 0-9 and inner . _ - only, such as alice');
  return whole.data;
}

/** @throws BiotError INVALID_ARGUMENT */
export function organisationAsked(name: string, members: readonly Organisation[]): Organisation {
  const organisation = members.find((candidate) => candidate.name === name);
  if (organisation !== undefined) return organisation;
  throw invalid(
    `--as: there is no organisation "${name}", but ${members.map((each) => each.name).join(', ')}`,
  );
}

/** @throws BiotError INVALID_ARGUMENT */
export function changesAsked(words: Words): AskedChanges {
  requireSense(words);
  const { role, tenants, files = false } = words;
  return {
    role: role === undefined ? undefined : roleAsked(role),
    tenants: tenants === undefined ? undefined : tenantsAsked(tenants),
    files,
  };
}

function requireSense({ role, tenants, files, renew, remove, csr, out }: Words): void {
  const enrolled = renew === true || remove === true;
  if (!enrolled && (role === undefined || tenants === undefined)) {
    throw invalid('--role and --tenants are needed');
  }
  if (csr !== undefined && (enrolled || files === true))
    throw invalid('--csr stands without --renew, --remove and --files: the key is not here');
  if (csr === undefined && out !== undefined)
    throw invalid('--out is for the certificate that --csr asks for');
}

function roleAsked(text: string): Role {
  const role = roleSchema.safeParse(text);
  if (!role.success) throw invalid(`--role: there is no role "${text}", but ${ROLES.join(', ')}`);
  return role.data;
}

function tenantsAsked(text: string): Tenants {
  const tenants = text === '' ? undefined : readTenants(text);
  if (tenants === undefined) {
    throw invalid(
      "--tenants: '*' for all, or names with commas and nothing else between, such as acme,umbrella",
    );
  }
  return tenants;
}
