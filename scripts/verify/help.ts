export const HELP = `
npm run verify [-- OPTIONS]

Holds what SQL says against what the ledger says, in the auditor's name and with the auditor's own means: its queries
(as biot_auditor, who can only read) and Fabric's peer command on its own organisation's peer. It shares no code with
the programs that write, except the definitions of messages, Merkle trees and headers.

  (no option)            everything, the audit trail included
  --device ID            the messages of one device
    --from, --to ISO       … whose instant is in [from, to): 2014-01-31 or 2014-01-31T12:00:00Z
  --reading ID           one reading, by the id of its row (telemetry_id)
  --entry ID             one entry of the audit trail, by the id of its row (log_id), with the batch that it is in
  --checkpoint FILE      compares each log with the checkpoint kept in FILE from an earlier check, so that a ledger that
                         was rolled back or rewritten is noticed, and keeps today's there when the ledger holds
  --retained-from ISO    readings older than this may have been dropped by the retention setting: they count as
                         expired instead of missing. Without it, every anchored reading has to be there
                         What the ledger's types of devices do not keep (retentionDays) counts as expired by
                         type, as long as the witness copies say what it was: nothing that is younger can go so
  --json                 one JSON object as the last line: ok, messages, readings, entries, batches, logs, pending,
                         expired, expiredByType, differences (kind, table, key, what; at most 10,000), total, checkpoints, query, seconds
  --help                 this

What is recomputed: each message's leaf from its rows in telemetry, each entry's of the audit trail from its row in
audit_logs; each batch's root; its sequence ranges and their root; its header, column by column, against the ledger's;
each log's chain of headers, and its root against the checkpoint that the contract computed; the witness copy of each
batch; running totals; that blockchain_tx claims no anchor that is not there, and denies none that is. Rows of telemetry
and audit_logs that belong to no batch are found, wherever they stand.

Differences:
  changed       a row holds something else than what was anchored; the report says what, and what it was
  missing       something was anchored, and no row holds it
  added         nothing anchored accounts for the row
  reordered     anchored content, at another place than its own
  unanchored    SQL says that a batch is on the ledger, and it is not
  inconsistent  headers, checkpoint and chain of the ledger contradict each other, or a header its own messages
  rolled-back   a log does not continue the checkpoint that was kept

The key of a row of telemetry is its telemetry_id, of audit_logs its log_id, of batches its batch_id (or LOG/SEQUENCE
when there is no row).

What is not checked: devices, alerts, members and device_commands; transaction ids and block numbers in
blockchain_tx; and batches that wait to be anchored (pending) are held against their own headers only: until it is
anchored, a batch is as trustworthy as SQL. It may run while devices publish.

Exit code: 0 all holds, 1 there are differences, 2 it could not be checked (says why and what to do).
`;
