import { z } from 'zod';

/**
 * Names that become parts of topics, ledger keys, certificates and paths. The alphabet leaves out everything that
 * any of these treats specially (`/ + # $ :`, blanks, control and non-ASCII characters), so a name can never be
 * read as two, nor as a path, and look-alikes do not exist.
 */
const NAME = /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/;

function name(what: string, maximum: number): z.ZodString {
  return z
    .string()
    .min(1, `${what} is empty`)
    .max(maximum, `${what} has more than ${maximum} characters`)
    .regex(NAME, `${what} may have a-z, 0-9 and inner . _ - only`)
    .refine((value) => !value.includes('..'), `${what} may not have ".."`);
}

export const deviceIdSchema = name('device id', 64).meta({ id: 'DeviceId', examples: ['press-07'] });
export const tenantSchema = name('tenant', 32).meta({ id: 'Tenant', examples: ['acme'] });
export const deviceTypeSchema = name('device type', 32).meta({
  id: 'DeviceTypeName',
  examples: ['thermometer'],
});

/**
 * One line of text that people read. Escape sequences, ends of lines and marks that turn the direction of writing would
 * let its author make a terminal or a page show what others never said. Joiners (U+200C, U+200D) belong to scripts.
 *
 * @param most characters (UTF-16)
 */
export function lineSchema(most: number, empty = 'a text is needed'): z.ZodString {
  return z
    .string()
    .trim()
    .min(1, empty)
    .max(most)
    .regex(
      /^(?:[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|[\u200c\u200d])*$/u,
      'one line, without control characters',
    );
}

/** Devices that are managed together, such as those of one hall. */
export const groupSchema = name('group', 32).meta({ id: 'Group', examples: ['hall-7'] });
export const ruleIdSchema = name('rule id', 64).meta({ id: 'RuleId', examples: ['operator-reads-hall-7'] });

/** MSP id of an organisation (Fabric: the membership service provider that issued a certificate). */
export const organisationSchema = z
  .string()
  .regex(/^[A-Z][A-Za-z0-9]{0,40}MSP$/, 'expected an MSP id such as OperatorMSP')
  .meta({ id: 'Organisation', examples: ['OperatorMSP'] });

/** `name@org`: a person or service; the name in its certificate, and the id of the log that it writes. */
export const memberNameSchema = z
  .string()
  .max(80)
  .regex(/^(?!.*\.\.)[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?@[a-z0-9]+$/, 'expected name@organisation')
  .meta({ id: 'MemberName', examples: ['admin@operator'] });
export const logIdSchema = memberNameSchema.meta({ id: 'LogId', examples: ['ingest-1@operator'] });

/** Id of a Fabric transaction: SHA-256 of nonce and creator, in hex. */
export const transactionIdSchema = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'expected a Fabric transaction id')
  .meta({ id: 'TransactionId' });

/** `OperatorMSP` -> `operator`, as it stands behind the @ of a member's name. */
export function organisationName(mspId: string): string {
  return mspId.replace(/MSP$/, '').toLowerCase();
}
