/** Who calls, and whether they may. Both come from the certificate that signed the proposal, never from an argument. */
import { X509Certificate } from 'node:crypto';

import type { Context } from 'fabric-contract-api';

import { BiotError } from '../protocol/errors.ts';
import { memberNameSchema, organisationName, organisationSchema } from '../protocol/identifiers.ts';
import { type Action, decide, type Resource, roleSchema, type Subject } from '../protocol/policy.ts';

/** The attribute that an organisation's CA writes into a member's certificate (Fabric CA's extension). */
const ROLE_ATTRIBUTE = 'biot.role';

function forbidden(message: string): BiotError {
  return new BiotError('FORBIDDEN', message);
}

/**
 * The member that signed the proposal. Its name must end in its own organisation: the MSP has checked only that some
 * CA of `org` issued the certificate, and no organisation may speak as another's member, nor write its log.
 *
 * @throws BiotError FORBIDDEN when the certificate names no member, or one without a role that we know
 */
function callerOf({ clientIdentity }: Context): Subject {
  const org = organisationSchema.safeParse(clientIdentity.getMSPID());
  if (!org.success) throw forbidden('the MSP id is none of ours');
  const name = memberNameSchema.safeParse(commonName(clientIdentity.getIDBytes()));
  if (!name.success) throw forbidden("the certificate's common name is not name@organisation");
  if (!name.data.endsWith(`@${organisationName(org.data)}`)) {
    throw forbidden(`${name.data} is no member of ${org.data}`);
  }
  const role = roleSchema.safeParse(clientIdentity.getAttributeValue(ROLE_ATTRIBUTE));
  if (!role.success) throw forbidden(`the certificate of ${name.data} has no known ${ROLE_ATTRIBUTE}`);
  return { org: org.data, name: name.data, role: role.data };
}

/** Of unknown type: a certificate may have no common name, or several, which Node then gives as a list. */
function commonName(certificate: Uint8Array): unknown {
  return new X509Certificate(certificate).toLegacyObject().subject.CN;
}

/** @throws BiotError FORBIDDEN with the reason of the decision; otherwise returns the caller */
export function requirePermission(context: Context, action: Action, resource: Resource = {}): Subject {
  const subject = callerOf(context);
  const decision = decide({ subject, action, resource });
  if (!decision.allowed) throw forbidden(decision.reason);
  return subject;
}
