import { expect } from 'chai';

import { encodeAuditEntry, NO_RANGES } from '../../../chaincode/protocol/audit-entry.ts';
import { toHex } from '../../../chaincode/protocol/hash.ts';
import { type Header, headerHashHex, NO_PREVIOUS } from '../../../chaincode/protocol/header.ts';
import { leafHash } from '../../../chaincode/protocol/merkle.ts';
import type { AuditEntry } from '../api/types.ts';
import { verifyEntry } from './verify-entry.ts';

const LOG = 'gateway@operator';
const entry = {
  ...{ at: 1_700_000_000_000, actor: 'admin@operator', org: 'OperatorMSP', action: 'suspendDevice' },
  ...{ outcome: 'done' as const, tenant: 'acme', device: 'press-07', subject: null },
  ...{ address: '127.0.0.1', transaction: null },
};
const details = '{"reason":"smoke","request":"1"}';
const header: Header = {
  ...{ logId: LOG, sequence: 0, size: 1, previous: NO_PREVIOUS, ranges: NO_RANGES },
  root: toHex(leafHash(encodeAuditEntry({ ...entry, details }))),
};
const checkpoint = { logId: LOG, size: 1, root: headerHashHex(header), head: headerHashHex(header) };
const proof = {
  format: 'biot-entry-evidence-1',
  entry: { ...entry, details },
  leaf: { index: 0, path: [] },
  header,
  log: { path: [] },
  checkpoint,
  anchor: { channel: 'anchors', transaction: 'ab'.repeat(32), block: 12 },
};
const shown: AuditEntry = {
  ...entry,
  id: '16384',
  // Whatever their order: what is hashed is canonical.
  details: { request: '1', reason: 'smoke' },
  anchor: { logId: LOG, sequence: 0, state: 'committed', transaction: null, block: null },
};

describe('verifying an entry of the audit trail', () => {
  const source = {
    entryProof: () => Promise.resolve(proof),
    logs: () => Promise.resolve({ logs: [checkpoint] }),
  };

  it('holds for the entry as it is shown', async () => {
    expect(await verifyEntry(source, shown)).to.include({ ok: true, compared: true });
  });

  it('catches an entry that is shown otherwise than it was anchored', async () => {
    for (const other of [{ actor: 'nobody@operator' }, { details: { reason: 'smoke' } }, { tenant: null }]) {
      const { ok, steps } = await verifyEntry(source, { ...shown, ...other });
      expect([ok, steps[0]?.ok, steps[0]?.failure]).to.deep.equal([
        ...[false, false, 'The evidence is about another entry than the one that is shown.'],
      ]);
    }
  });
});
