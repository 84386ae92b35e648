/** The consortium: who runs a peer, an orderer, a certificate authority and a chaincode server of its own. */
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Tenants } from '../../chaincode/protocol/tenants.ts';

export const ORGANISATION_NAMES = ['manufacturer', 'operator', 'auditor'] as const;

export type OrganisationName = (typeof ORGANISATION_NAMES)[number];

/** One of the founders, or one that they admitted later (membership.ts). */
export interface Organisation {
  readonly name: string;
  /** How Fabric names the organisation: in creators, policies and `ctx.clientIdentity.getMSPID()`. */
  readonly mspId: string;
  /** Place in the consortium; each organisation's ports are counted from it. */
  readonly index: number;
}

export const ORGANISATIONS: Readonly<Record<OrganisationName, Organisation>> = {
  manufacturer: { name: 'manufacturer', mspId: 'ManufacturerMSP', index: 0 },
  operator: { name: 'operator', mspId: 'OperatorMSP', index: 1 },
  auditor: { name: 'auditor', mspId: 'AuditorMSP', index: 2 },
};

/** The founders. */
export function allOrganisations(): Organisation[] {
  return ORGANISATION_NAMES.map((name) => ORGANISATIONS[name]);
}

/** The channels of the consortium. Each organisation's peer and orderer joins both. */
export const CHANNELS = ['registry', 'anchors'] as const;

export type Channel = (typeof CHANNELS)[number];

/** What `biot.role` may say in a member's certificate. People come first, then services. */
export type MemberRole = 'admin' | 'operator' | 'auditor' | 'gateway' | 'ingest' | 'guard';

export interface Member {
  /** The certificate's common name, `<local part>@<organisation>`. */
  readonly name: string;
  readonly organisation: OrganisationName;
  readonly role: MemberRole;
  readonly tenants: Tenants;
  /** People sign in with a password; services only ever act with their certificate. */
  readonly kind: 'person' | 'service';
}

/** The tenant of the demo's devices. */
export const DEMO_TENANT = 'demo';

/** The members every new home is given: the demo people and the platform's services. */
export const MEMBERS: readonly Member[] = [
  { name: 'admin@manufacturer', organisation: 'manufacturer', role: 'admin', tenants: '*', kind: 'person' },
  { name: 'admin@operator', organisation: 'operator', role: 'admin', tenants: '*', kind: 'person' },
  {
    name: 'operator@operator',
    organisation: 'operator',
    role: 'operator',
    tenants: [DEMO_TENANT],
    kind: 'person',
  },
  { name: 'auditor@auditor', organisation: 'auditor', role: 'auditor', tenants: '*', kind: 'person' },
  { name: 'gateway@operator', organisation: 'operator', role: 'gateway', tenants: '*', kind: 'service' },
  { name: 'ingest-1@operator', organisation: 'operator', role: 'ingest', tenants: '*', kind: 'service' },
  { name: 'guard@operator', organisation: 'operator', role: 'guard', tenants: '*', kind: 'service' },
];

/** A member of the organisation, whichever comes first: for what any of them may ask. */
export function someMemberOf(organisation: string): Member {
  const member = MEMBERS.find((candidate) => candidate.organisation === organisation);
  if (member === undefined) throw new BiotError('INTERNAL', `${organisation} has no members`);
  return member;
}
