import { z } from 'zod';

import { severitySchema } from '../../chaincode/protocol/alerts/severity.ts';
import { commandStateSchema } from '../../chaincode/protocol/command/state.ts';
import { deviceStatusSchema } from '../../chaincode/protocol/device.ts';
import { hashHexSchema } from '../../chaincode/protocol/hash.ts';
import { checkpointSchema } from '../../chaincode/protocol/header.ts';
import { logIdSchema, transactionIdSchema } from '../../chaincode/protocol/identifiers.ts';
import { instantSchema } from '../../chaincode/protocol/message.ts';
import { count, deedSchema, entriesSchema, text } from './report-entries-schema.ts';
import { notificationsSchema, rolloutsSchema, twinsSchema } from './report-operations-schema.ts';

const ledgerChangeSchema = z
  .strictObject({
    device: text.meta({ description: 'One of the devices' }),
    devices: count.meta({ description: 'Whose last change it is' }),
    status: deviceStatusSchema,
    at: instantSchema,
    by: text,
    reason: text,
    transaction: transactionIdSchema,
  })
  .meta({ id: 'ReportedLedgerChange' });
export type ReportedLedgerChange = z.infer<typeof ledgerChangeSchema>;

const spanSchema = z.strictObject({ first: count, last: count });

const logSchema = z
  .strictObject({
    logId: logIdSchema,
    first: count.nullable().meta({ description: 'Number of its first batch in the period' }),
    last: count.nullable(),
    batches: count,
    messages: count,
    entries: count.meta({ description: 'Of the audit trail' }),
    sealed: count,
    submitted: count,
    committed: count,
    oldestWaiting: z.strictObject({ sequence: count, since: instantSchema }).nullable(),
    compared: count.meta({ description: 'Headers, the newest, that were compared with the ledger’s' }),
    missing: z
      .array(spanSchema)
      .meta({ description: 'Numbers of batches that SQL does not have, the first' }),
    missingTotal: count.meta({
      description: 'How many such spans there are, with those that are not listed',
    }),
    altered: z.array(count).meta({ description: 'Numbers of batches whose header is not the ledger’s' }),
    checkpoint: checkpointSchema.nullable().meta({ description: 'As the ledger has it now' }),
    block: count.nullable().meta({ description: 'Of the checkpoint’s last header, by SQL’s word' }),
    transaction: transactionIdSchema.nullable(),
  })
  .meta({ id: 'ReportedLog' });
export type ReportedLog = z.infer<typeof logSchema>;

export const GAP_KINDS = ['missing', 'altered', 'unfounded', 'waiting', 'unchecked', 'untold'] as const;

const gapSchema = z
  .strictObject({
    kind: z.enum(GAP_KINDS),
    log: logIdSchema.nullable(),
    what: text.meta({ description: 'In a sentence' }),
  })
  .meta({ id: 'ReportGap' });
export type ReportGap = z.infer<typeof gapSchema>;

export const reportSchema = z
  .strictObject({
    format: z.literal('biot-report-1'),
    from: instantSchema,
    to: instantSchema.meta({ description: 'Exclusive' }),
    madeAt: instantSchema,
    madeBy: text,
    tenants: z.union([z.literal('*'), z.array(text)]).meta({ description: 'Whose entries it is about' }),
    deeds: z.array(deedSchema).meta({ description: 'The most frequent first' }),
    deedsCut: z.boolean().meta({ description: 'Whether there are more than are listed' }),
    refusals: z.array(z.strictObject({ code: text.nullable(), number: count, last: instantSchema })),
    signIns: z.array(deedSchema),
    signInsCut: z.boolean(),
    devices: entriesSchema,
    deviceActions: z.array(z.strictObject({ action: text, number: count })),
    policies: entriesSchema,
    firmware: entriesSchema,
    signedElsewhere: entriesSchema.meta({
      description: 'Transactions that members signed with keys of their own',
    }),
    ledger: z
      .strictObject({
        fresh: z.boolean().meta({ description: 'Whether our copy of the ledger is up to date' }),
        registered: count.meta({ description: 'Devices that were registered in the period' }),
        suspended: count.meta({ description: 'Devices that are, since an instant in the period' }),
        revoked: count,
        lookedFor: count.meta({
          description:
            'Transactions that were looked for in the trail: those of the last changes of devices, the newest',
        }),
        lookedForCut: z.boolean().meta({ description: 'Whether the period has older ones that were not' }),
        untoldTotal: count.meta({ description: 'Those of them that no entry of the trail names' }),
        untold: z.array(ledgerChangeSchema).meta({ description: 'The newest of these' }),
      })
      .meta({ description: 'What the ledger itself says of the devices' }),
    commands: z.array(z.strictObject({ state: commandStateSchema, number: count })),
    alerts: z.array(
      z.strictObject({
        severity: severitySchema,
        number: count,
        acknowledged: count,
        cleared: count,
        meanMs: count.nullable().meta({ description: 'From its beginning until somebody acknowledged it' }),
        longestMs: count.nullable(),
      }),
    ),
    rollouts: rolloutsSchema,
    notifications: notificationsSchema,
    twins: twinsSchema,
    logs: z.array(logSchema),
    gaps: z.array(gapSchema),
    checks: z
      .array(z.strictObject({ what: text, command: text }))
      .meta({ description: 'How to check it without the gateway' }),
  })
  .meta({ id: 'ComplianceReport' });
export type ComplianceReport = z.infer<typeof reportSchema>;

/** A report with the hash that the audit trail, and so the ledger, has of it. */
export const hashedReportSchema = z
  .strictObject({
    report: reportSchema,
    sha256: hashHexSchema.meta({ description: 'Of the report as canonical JSON (RFC 8785)' }),
  })
  .meta({ id: 'HashedComplianceReport' });
export type HashedReport = z.infer<typeof hashedReportSchema>;
