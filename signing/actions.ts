/** What can be signed away from the gateway: one table that command line, browser and gateway share. */
import { z } from 'zod';

import {
  labelsSchema,
  MAX_REGISTRATIONS,
  publicKeySchema,
  reasonSchema,
  registrationSchema,
} from '../chaincode/protocol/device.ts';
import { typeDefinitionSchema } from '../chaincode/protocol/device-type.ts';
import { BiotError } from '../chaincode/protocol/errors.ts';
import {
  deviceIdSchema,
  organisationSchema,
  transactionIdSchema,
} from '../chaincode/protocol/identifiers.ts';
import { hashHexSchema } from '../chaincode/protocol/hash.ts';
import { claimDraftSchema } from '../chaincode/protocol/onboarding/claim.ts';
import { readCode } from '../chaincode/protocol/onboarding/code.ts';
import { acceptanceSchema, voucherDraftSchema } from '../chaincode/protocol/onboarding/voucher.ts';
import type { Action } from '../chaincode/protocol/policy/actions.ts';
import { newPolicyChangeSchema } from '../chaincode/protocol/policy/change.ts';
import { proposalExpirySchema } from '../chaincode/protocol/policy/proposal.ts';
import type { LedgerAction } from './proposal.ts';
import { utf8 } from './protobuf.ts';

/** Bytes of all arguments together: some two hundred registrations. */
export const MOST_ARGUMENT_BYTES = 96 * 1024;

/** The arguments that contracts take, all of them texts. */
export const PARAMETERS = {
  device: { schema: deviceIdSchema, what: 'the device’s id' },
  devices: { schema: jsonOf(z.array(registrationSchema).min(1).max(MAX_REGISTRATIONS)), what: 'the devices' },
  reason: { schema: reasonSchema, what: 'the reason' },
  key: { schema: publicKeySchema, what: 'the new public key' },
  until: { schema: z.union([z.literal(''), z.iso.datetime()]), what: 'until when the old key works' },
  labels: { schema: jsonOf(labelsSchema), what: 'groups and tags' },
  type: { schema: jsonOf(typeDefinitionSchema), what: 'the type' },
  to: { schema: organisationSchema, what: 'the other organisation' },
  change: { schema: jsonOf(newPolicyChangeSchema), what: 'the change of the rules' },
  expiry: { schema: proposalExpirySchema, what: 'until when it may be approved (empty: 30 days)' },
  claim: { schema: jsonOf(claimDraftSchema), what: 'the claim' },
  voucher: { schema: jsonOf(voucherDraftSchema), what: 'the voucher' },
  acceptance: { schema: jsonOf(acceptanceSchema), what: 'the tenant, and the groups' },
  code: { schema: hashHexSchema, what: 'the id of the claim or voucher' },
  proposal: { schema: transactionIdSchema, what: 'the proposal’s id' },
} as const;

export type Parameter = keyof typeof PARAMETERS;

/** One kind of change on the ledger. */
export interface Signable {
  /** How people name it: `device revoke`. */
  readonly name: string;
  readonly channel: 'registry';
  readonly contract: string;
  readonly method: string;
  /** In the order in which the contract takes them. */
  readonly parameters: readonly Parameter[];
  /** What the policy calls it. */
  readonly permission: Action;
  /** What it does, said to whoever is about to sign it. */
  readonly effect: string;
  /** Whether it takes a code, which is no argument: arguments are in the block, for all to read. */
  readonly takesCode?: true;
  /** Fields of the contract's result that the arguments do not say: to be seen before the last signature. */
  readonly shows?: readonly string[];
}

const device = { channel: 'registry', contract: 'DeviceContract' } as const;
const claim = { channel: 'registry', contract: 'ClaimContract' } as const;
const voucher = { channel: 'registry', contract: 'VoucherContract' } as const;
const policy = { channel: 'registry', contract: 'PolicyContract' } as const;

export const SIGNABLE: readonly Signable[] = [
  {
    ...device,
    name: 'device register',
    method: 'Register',
    parameters: ['devices'],
    permission: 'device:register',
    effect: 'registers new devices as your organisation’s',
  },
  {
    ...device,
    name: 'device activate',
    method: 'Activate',
    parameters: ['device', 'reason'],
    permission: 'device:activate',
    effect: 'has the device’s messages taken from now on',
  },
  {
    ...device,
    name: 'device suspend',
    method: 'Suspend',
    parameters: ['device', 'reason'],
    permission: 'device:suspend',
    effect: 'has the device’s messages refused until it is activated again',
  },
  {
    ...device,
    name: 'device revoke',
    method: 'Revoke',
    parameters: ['device', 'reason'],
    permission: 'device:revoke',
    effect: 'has the device’s messages refused for good',
  },
  {
    ...device,
    name: 'device rotate-key',
    method: 'RotateKey',
    parameters: ['device', 'key', 'until'],
    permission: 'device:rotate-key',
    effect: 'gives the device another key',
  },
  {
    ...device,
    name: 'device reprovision',
    method: 'Reprovision',
    parameters: ['device', 'key', 'reason'],
    permission: 'device:reprovision',
    effect: 'gives a wiped or replaced device another key, and has it number its messages anew',
  },
  {
    ...device,
    name: 'device label',
    method: 'Label',
    parameters: ['device', 'labels'],
    permission: 'device:label',
    effect: 'sets the device’s groups and tags',
  },
  {
    ...device,
    name: 'device transfer',
    method: 'Transfer',
    parameters: ['device', 'to', 'reason'],
    permission: 'device:transfer',
    effect: 'offers the device to another organisation',
  },
  {
    ...device,
    name: 'device cancel-transfer',
    method: 'CancelTransfer',
    parameters: ['device', 'reason'],
    permission: 'device:transfer',
    effect: 'takes the offer of the device back',
  },
  {
    ...device,
    name: 'device accept-transfer',
    method: 'AcceptTransfer',
    parameters: ['device', 'reason'],
    permission: 'device:accept',
    effect: 'makes the offered device your organisation’s',
    shows: ['id', 'tenant', 'type', 'status', 'keyFingerprint', 'groups', 'tags'],
  },
  {
    channel: 'registry',
    contract: 'TypeContract',
    name: 'type put',
    method: 'Put',
    parameters: ['type'],
    permission: 'type:put',
    effect: 'puts a type of devices, which is your organisation’s, or its next version',
  },
  {
    ...claim,
    name: 'claim create',
    method: 'Create',
    parameters: ['claim'],
    permission: 'claim:create',
    effect: 'promises a device of your organisation to whoever redeems the code',
  },
  {
    ...claim,
    name: 'claim withdraw',
    method: 'Withdraw',
    parameters: ['code', 'reason'],
    permission: 'claim:withdraw',
    effect: 'makes a claim code worthless',
  },
  {
    ...voucher,
    name: 'voucher create',
    method: 'Create',
    parameters: ['voucher'],
    permission: 'voucher:create',
    effect: 'promises devices of your organisation to the organisation that redeems the code',
  },
  {
    ...voucher,
    name: 'voucher redeem',
    method: 'Redeem',
    parameters: ['acceptance'],
    takesCode: true,
    permission: 'voucher:redeem',
    effect: 'makes all devices of the voucher your organisation’s, active, in that tenant and those groups',
    shows: ['voucher'],
  },
  {
    ...voucher,
    name: 'voucher withdraw',
    method: 'Withdraw',
    parameters: ['code', 'reason'],
    permission: 'voucher:withdraw',
    effect: 'makes a voucher worthless',
  },
  {
    ...policy,
    name: 'policy propose',
    method: 'Propose',
    parameters: ['change', 'reason', 'expiry'],
    permission: 'policy:propose',
    effect: 'proposes a change of the rules; what can but take rights away is applied at once',
  },
  {
    ...policy,
    name: 'policy approve',
    method: 'Approve',
    parameters: ['proposal'],
    permission: 'policy:approve',
    effect: 'approves another organisation’s proposal, which applies it',
    shows: ['change', 'reason', 'proposed'],
  },
  {
    ...policy,
    name: 'policy reject',
    method: 'Reject',
    parameters: ['proposal'],
    permission: 'policy:approve',
    effect: 'ends another organisation’s proposal',
  },
  {
    ...policy,
    name: 'policy withdraw',
    method: 'Withdraw',
    parameters: ['proposal'],
    permission: 'policy:propose',
    effect: 'ends a proposal of your own organisation',
  },
];

/** @throws BiotError INVALID_ARGUMENT when it is nothing that can be signed here, or an argument is not as it has to be */
export function signableOf(action: LedgerAction): Signable {
  const found = SIGNABLE.find(
    ({ channel, contract, method }) =>
      channel === action.channel && contract === action.contract && method === action.method,
  );
  if (found === undefined) {
    throw refused(`${action.contract}:${action.method} on ${action.channel} is no change to be signed here`);
  }
  requireArguments(found, action.arguments);
  requireCode(found, action.code);
  if (utf8(action.arguments.join('')).length > MOST_ARGUMENT_BYTES)
    throw refused(`${found.name}: more than ${MOST_ARGUMENT_BYTES / 1024} KiB in one transaction`);
  return found;
}

/** @throws BiotError INVALID_ARGUMENT */
export function actionFrom(
  { channel, contract, method, parameters }: Signable,
  values: Readonly<Partial<Record<Parameter, string>>>,
  code?: string,
): LedgerAction {
  const action = {
    ...{ channel, contract, method, arguments: parameters.map((name) => values[name] ?? '') },
    ...(code !== undefined && { code }),
  };
  signableOf(action);
  return action;
}

function requireArguments({ name, parameters }: Signable, values: readonly string[]): void {
  if (values.length !== parameters.length) throw refused(`${name} takes ${parameters.length} arguments`);
  for (const [index, parameter] of parameters.entries()) {
    const { schema, what } = PARAMETERS[parameter];
    const checked = schema.safeParse(values[index]);
    if (!checked.success)
      throw refused(`${name}, ${what}: ${checked.error.issues[0]?.message ?? 'not valid'}`);
  }
}

/** A transaction is without its code, so that only the contract can miss it. */
function requireCode({ name, takesCode }: Signable, code: string | undefined): void {
  if (code === undefined) return;
  if (takesCode !== true) throw refused(`${name} takes no code`);
  readCode(code);
}

function refused(message: string): BiotError {
  return new BiotError('INVALID_ARGUMENT', message);
}

/** A text that is JSON of that shape. */
function jsonOf<Schema extends z.ZodType>(schema: Schema) {
  return z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'not JSON' });
        return z.NEVER;
      }
    })
    .pipe(schema);
}
