import type { AuditEntry } from '../../chaincode/protocol/audit-entry.ts';
import { rawAuditEntry } from '../../chaincode/protocol/audit-entry.ts';

/** The audit trail in memory. */
export class FakeTrail {
  readonly entries: AuditEntry[] = [];
  hasRoom = true;
  /** Set, nothing is committed until it resolves. */
  commit: Promise<void> = Promise.resolve();

  async record(entries: readonly AuditEntry[]): Promise<void> {
    await this.commit;
    entries.forEach(rawAuditEntry);
    this.entries.push(...entries);
  }
}
