import { hash } from 'node:crypto';

import { canonicalJson } from '../../chaincode/protocol/canonical-json.ts';
import type { ComplianceReport, HashedReport } from './report-schema.ts';

/** Others compute the same hash from the report alone. */
export function hashed(report: ComplianceReport): HashedReport {
  return { report, sha256: hash('sha256', canonicalJson(report)) };
}
