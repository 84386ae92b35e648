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
    id: 'admin-defines-commands',
    description: 'Administrators say which commands the types of their own organisation take',
    roles: ['admin'],
    actions: ['command:define'],
    own: 'organisation',
  }),
  allow({
    id: 'admin-and-operator-send-commands',
    description:
      'Administrators and operators send the commands that a type takes to devices of their organisation',
    roles: ['admin', 'operator'],
    actions: ['command:send', 'command:approve', 'command:cancel'],
    own: 'organisation',
  }),
  allow({
    id: 'everyone-reads-commands',
    description: 'People and services know which commands there are, and which were sent',
    roles: ['admin', 'operator', 'auditor', 'gateway', 'ingest'],
    actions: ['command:read'],
  }),
  allow({
    id: 'people-and-services-read-alerts',
    description: 'People, the gateway on their behalf and ingest workers see alerts and what raises them',
    roles: ['admin', 'operator', 'auditor', 'gateway', 'ingest'],
    actions: ['alert:read', 'alert-rule:read'],
  }),
  allow({
    id: 'admin-and-operator-handle-alerts',
    description: 'Administrators and operators acknowledge, assign and clear alerts of their organisation',
    roles: ['admin', 'operator'],
    actions: ['alert:handle'],
    own: 'organisation',
  }),
  allow({
    id: 'admin-puts-alert-rules',
    description: 'Administrators decide what raises an alert',
    roles: ['admin'],
    actions: ['alert-rule:put'],
  }),
  allow({
    id: 'admin-publishes-own-firmware',
    description: 'Administrators publish firmware for the types of their organisation, and register its keys',
    roles: ['admin'],
    actions: ['firmware:publish', 'firmware:vendor-key'],
    own: 'organisation',
  }),
  allow({
    id: 'admin-approves-firmware',
    description: 'Administrators approve the firmware that another organisation publishes',
    roles: ['admin'],
    actions: ['firmware:approve'],
  }),
  allow({
    id: 'people-and-services-read-firmware',
    description: 'People, the gateway on behalf of devices and ingest workers see firmware and its rollouts',
    roles: ['admin', 'operator', 'auditor', 'gateway', 'ingest'],
    actions: ['firmware:read', 'rollout:read'],
  }),
  allow({
    id: 'admin-rolls-out-to-own-devices',
    description: 'Administrators roll firmware out to the devices of their organisation, and stop it again',
    roles: ['admin'],
    actions: ['rollout:create', 'rollout:approve', 'rollout:control'],
    own: 'organisation',
  }),
  allow({
    id: 'people-and-services-read-twins',
    description: 'People, the gateway on their behalf and ingest workers see what devices should be and are',
    roles: ['admin', 'operator', 'auditor', 'gateway', 'ingest'],
    actions: ['twin:read'],
  }),
  allow({
    id: 'admin-and-operator-write-twins',
    description: 'Administrators and operators say what the devices of their organisation should be',
    roles: ['admin', 'operator'],
    actions: ['twin:write'],
    own: 'organisation',
  }),
  allow({
    id: 'admin-puts-notifications',
    description: 'Administrators decide who is told of alerts, and where messages are sent on to',
    roles: ['admin'],
    actions: ['notification:put'],
  }),
  allow({
    id: 'admin-and-auditor-read-notifications',
    description: 'Administrators and auditors see who is told of alerts, and what could not be delivered',
    roles: ['admin', 'auditor'],
    actions: ['notification:read'],
  }),
  allow({
    id: 'admin-puts-streams',
    description: 'Administrators decide where telemetry goes on to',
    roles: ['admin'],
    actions: ['stream:put'],
  }),
  allow({
    id: 'admin-and-auditor-read-streams',
    description: 'Administrators and auditors see where telemetry goes on to, and how far it came',
    roles: ['admin', 'auditor'],
    actions: ['stream:read'],
  }),
  allow({
    id: 'admin-and-auditor-read-audit',
    description: 'Administrators and auditors read the audit trail and the reports that are made of it',
    roles: ['admin', 'auditor'],
    actions: ['audit:read', 'report:read'],
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
    description: 'An ingest worker or a gateway appends to the log that bears its name, and to no other',
    roles: ['ingest', 'gateway'],
    actions: ['anchor:append'],
    own: 'log',
  }),
];
