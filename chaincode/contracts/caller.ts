/** Who calls, and whether they may. Both come from the certificate that signed the proposal, never from an argument. */
import { X509Certificate } from 'node:crypto';

import type { Context } from 'fabric-contract-api';

import { BiotError } from '../protocol/errors.ts';
import { memberNameSchema, organisationName, organisationSchema } from '../protocol/identifiers.ts';
import { type Action, roleSchema } from '../protocol/policy/actions.ts';
import {
  attributeValueSchema,
  type Circumstances,
  type Decision,
  type Resource,
  type Subject,
} from '../protocol/policy/request.ts';
import type { RuleSet } from '../protocol/policy/rule-set.ts';
import { readTenants, TENANTS_ATTRIBUTE } from '../protocol/tenants.ts';
import { rulesFor } from './policy-records.ts';

/** The attribute that an organisation's CA writes into a member's certificate (Fabric CA's extension). */
const ROLE_ATTRIBUTE = 'biot.role';

function forbidden(message: string): BiotError {
  return new BiotError('FORBIDDEN', message);
}

/**
 * The member that signed the proposal. Its name must end in its own organisation: the MSP has checked only that some
 * CA of `org` issued the certificate, and no organisation may speak as another's member, nor write its log.
 *
 * @throws BiotError FORBIDDEN when the certificate names no member, one without a role that we know, or tenants that
 *   nobody can read
 */
export function callerOf({ clientIdentity }: Context): Subject {
  const org = organisationSchema.safeParse(clientIdentity.getMSPID());
  if (!org.success) throw forbidden('the MSP id is none of ours');
  const name = memberNameSchema.safeParse(commonName(clientIdentity.getIDBytes()));
  if (!name.success) throw forbidden("the certificate's common name is not name@organisation");
  if (!name.data.endsWith(`@${organisationName(org.data)}`)) {
    throw forbidden(`${name.data} is no member of ${org.data}`);
  }
  const role = roleSchema.safeParse(clientIdentity.getAttributeValue(ROLE_ATTRIBUTE));
  if (!role.success) throw forbidden(`the certificate of ${name.data} has no known ${ROLE_ATTRIBUTE}`);
  const tenants = readTenants(clientIdentity.getAttributeValue(TENANTS_ATTRIBUTE));
  if (tenants === undefined)
    throw forbidden(`the certificate of ${name.data} has a ${TENANTS_ATTRIBUTE} that is no list of tenants`);
  return { org: org.data, name: name.data, role: role.data, tenants };
}

/** By the certificate's very bytes: reading one takes longer than judging by it, and a member comes again and again. */
const commonNames = new Map<string, unknown>();
const MOST_NAMES = 1000;

/** Of unknown type: a certificate may have no common name, or several, which Node then gives as a list. */
function commonName(bytes: Uint8Array): unknown {
  const certificate = Buffer.from(bytes).toString('latin1');
  if (!commonNames.has(certificate)) {
    if (commonNames.size === MOST_NAMES) commonNames.clear();
    commonNames.set(certificate, new X509Certificate(bytes).toLegacyObject().subject.CN);
  }
  return commonNames.get(certificate);
}

/** Judges a caller's questions about one action: the rules are read once, however many resources there are. */
export class Judge {
  readonly subject: Subject;
  readonly #context: Context;
  readonly #action: Action;
  readonly #rules: RuleSet;

  private constructor(
    context: Context,
    action: Action,
    { subject, rules }: { subject: Subject; rules: RuleSet },
  ) {
    this.#context = context;
    this.#action = action;
    this.subject = subject;
    this.#rules = rules;
  }

  /** @throws BiotError FORBIDDEN when the caller is no member of ours */
  static async of(context: Context, action: Action): Promise<Judge> {
    const caller = callerOf(context);
    const rules = await rulesFor(context.stub, action);
    return new Judge(context, action, { subject: withAttributes(context, caller, rules), rules });
  }

  decide(resource: Resource): Decision {
    return this.#rules.decide({
      subject: this.subject,
      action: this.#action,
      resource,
      circumstances: circumstancesOf(this.#context),
    });
  }

  /** @throws BiotError FORBIDDEN with the reason of the decision */
  require(resource: Resource): void {
    const decision = this.decide(resource);
    if (!decision.allowed) throw forbidden(decision.reason);
  }
}

/** What a peer can see of the moment: the instant that the client wrote into its proposal, and not where that came from. */
export function circumstancesOf({ stub }: Context): Circumstances {
  return { instant: stub.getDateTimestamp().getTime(), address: null };
}

/** The caller, with those attributes of its certificate that the rules ask for. */
export function withAttributes({ clientIdentity }: Context, caller: Subject, { rules }: RuleSet): Subject {
  const names = new Set(rules.flatMap(({ who }) => Object.keys(who.attributes ?? {})));
  const attributes: Record<string, string> = {};
  for (const name of names) {
    // What no rule could state is as good as absent; so is what the shim finds in the prototype of its own record.
    const value = attributeValueSchema.safeParse(clientIdentity.getAttributeValue(name));
    if (value.success) attributes[name] = value.data;
  }
  return { ...caller, attributes };
}

/** @throws BiotError FORBIDDEN with the reason of the decision; otherwise returns the caller */
export async function requirePermission(
  context: Context,
  action: Action,
  resource: Resource = {},
): Promise<Subject> {
  const judge = await Judge.of(context, action);
  judge.require(resource);
  return judge.subject;
}
