import { type Action, type Role, ROLES } from './actions.ts';
import type { Rule } from './rule.ts';

const READ_FLEET: readonly Action[] = ['device:read', 'telemetry:read', 'anchor:read', 'policy:read'];

interface Grant {
  readonly id: string;
  readonly description: string;
  readonly roles: readonly Role[];
  readonly actions: readonly Action[];
  readonly own?: 'organisation' | 'log';
}

function allow({ id, description, roles, actions, own }: Grant): Rule {
  return {
    id,
    effect: 'allow',
    description,
    who: { roles: [...roles] },
    actions: [...actions],
    what: own === undefined ? {} : { own },
    when: {},
  };
}

/** What a new consortium begins with. From then on the ledger holds the rules, and its members change them. */
export const DEFAULT_RULES: readonly Rule[] = [
  allow({
    id: 'admin-manages-own-devices',
    description: 'Administrators manage the devices that their organisation owns',
    roles: ['admin'],
    actions: [
      'device:register',
      'device:activate',
      'device:suspend',
      'device:revoke',
      'device:rotate-key',
      'device:reprovision',
      'device:label',
      'device:transfer',
    ],
    own: 'organisation',
  }),
  allow({
    id: 'admin-accepts-devices',
    description: 'Administrators accept the devices that another organisation hands over to theirs',
    roles: ['admin'],
    actions: ['device:accept'],
  }),
  allow({
    id: 'admin-manages-own-types',
    description: 'Administrators put types of devices, and change those of their own organisation',
    roles: ['admin'],
    actions: ['type:put'],
    own: 'organisation',
  }),
  allow({
    id: 'everyone-reads-types',
    description: 'People and services know what each type of device can measure',
    roles: ROLES,
    actions: ['type:read'],
  }),
  allow({
    id: 'admin-onboards-own-devices',
    description:
      'Administrators make claims and vouchers for their organisation, and redeem vouchers of others',
    roles: ['admin'],
    actions: ['claim:create', 'claim:withdraw', 'voucher:create', 'voucher:withdraw', 'voucher:redeem'],
    own: 'organisation',
  }),
  allow({
    id: 'admin-and-auditor-see-onboarding',
    description: 'Administrators and auditors see claims and vouchers, whose codes the ledger does not know',
    roles: ['admin', 'auditor'],
    actions: ['claim:read', 'voucher:read'],
  }),
  allow({
    id: 'gateway-redeems-claims',
    description: 'The gateway redeems claims for devices that send their code',
    roles: ['gateway'],
    actions: ['claim:redeem', 'claim:read'],
  }),
  allow({
    id: 'admin-decides-on-policies',
    description: 'Administrators propose changes of the policy, and approve those of other organisations',
    roles: ['admin'],
    actions: ['policy:propose', 'policy:approve'],
  }),
  allow({
    id: 'people-and-gateway-read-fleet',
    description: 'People, and the gateway on their behalf, see devices, telemetry, anchors and policies',
    roles: ['admin', 'operator', 'auditor', 'gateway'],
    actions: READ_FLEET,
  }),
  allow({
    id: 'admin-and-auditor-read-audit',
    description: 'Administrators and auditors read the audit trail',
    roles: ['admin', 'auditor'],
    actions: ['audit:read'],
  }),
  allow({
    id: 'admin-and-auditor-read-members',
    description: 'Administrators and auditors see who the members are',
    roles: ['admin', 'auditor'],
    actions: ['member:read'],
  }),
  allow({
    id: 'guard-reads-registry',
    description: 'The guard of the broker knows whom to turn away',
    roles: ['guard'],
    actions: ['device:read', 'policy:read'],
  }),
  allow({
    id: 'ingest-reads-registry',
    description: 'Ingest workers know devices, policies and anchors',
    roles: ['ingest'],
    actions: ['device:read', 'policy:read', 'anchor:read'],
  }),
  allow({
    id: 'writer-appends-to-own-log',
    description: 'An ingest worker appends to the log that bears its name, and to no other',
    roles: ['ingest'],
    actions: ['anchor:append'],
    own: 'log',
  }),
];
