import { expect } from 'chai';
import fc from 'fast-check';

import {
  AUDIT_OUTCOMES,
  type AuditEntry,
  auditEntryId,
  auditEntryPlace,
  auditEntrySchema,
  batchKind,
  decodeAuditEntry,
  encodeAuditEntry,
  MAX_DETAILS_BYTES,
  NO_RANGES,
  rawAuditEntry,
} from './audit-entry.ts';
import { toHex } from './hash.ts';
import { leafHash } from './merkle.ts';
import { decodeRawMessage, encodeMessage } from './message.ts';
import { rangesOf, rangesRoot } from './ranges.ts';

const optional = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> => fc.option(value);
const entry: fc.Arbitrary<AuditEntry> = fc.record({
  at: fc.maxSafeNat(),
  actor: fc.constantFrom('admin@operator', 'press-07', 'ö'),
  org: optional(fc.constantFrom('OperatorMSP', 'AuditorMSP')),
  action: fc.constantFrom('signIn', 'suspendDevice'),
  outcome: fc.constantFrom(...AUDIT_OUTCOMES),
  tenant: optional(fc.constantFrom('acme', 'a')),
  device: optional(fc.constantFrom('acme', 'press-07')),
  subject: optional(fc.constantFrom('acme', 'press-07', 'hall 7')),
  details: fc.dictionary(
    fc.string().filter((key) => key !== '__proto__'),
    fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.boolean(), fc.constant(null)),
    { maxKeys: 5 },
  ),
  address: optional(fc.constantFrom('127.0.0.1', '::1')),
  transaction: optional(fc.constantFrom('ab'.repeat(32), 'cd'.repeat(32))),
});

const SAMPLE: AuditEntry = {
  at: 1_700_000_000_000,
  actor: 'admin@operator',
  org: 'OperatorMSP',
  action: 'suspendDevice',
  outcome: 'done',
  tenant: 'acme',
  device: 'press-07',
  subject: null,
  details: { status: 200, reason: 'smoke' },
  address: '127.0.0.1',
  transaction: 'ab'.repeat(32),
};

describe('an entry of the audit trail', () => {
  it('comes out of its bytes as it went in', () => {
    fc.assert(
      fc.property(entry, (value) => {
        const raw = rawAuditEntry(value);
        expect(decodeAuditEntry(encodeAuditEntry(raw))).to.deep.equal(raw);
        expect(auditEntrySchema.parse({ ...raw, details: JSON.parse(raw.details) as unknown })).to.deep.equal(
          value,
        );
      }),
    );
  });

  it('has other bytes than every other entry', () => {
    fc.assert(
      fc.property(entry, entry, (left, right) => {
        const [one, other] = [left, right].map((value) => rawAuditEntry(value));
        const same = JSON.stringify(one) === JSON.stringify(other);
        expect(toHex(encodeAuditEntry(one!)) === toHex(encodeAuditEntry(other!))).to.equal(same);
      }),
    );
  });

  it('has one text for its details, in whatever order they were given', () => {
    const turned = { ...SAMPLE, details: { reason: 'smoke', status: 200 } };
    expect(rawAuditEntry(turned)).to.deep.equal(rawAuditEntry(SAMPLE));
  });

  it('does not read what is not whole, or not canonical', () => {
    const bytes = encodeAuditEntry(rawAuditEntry(SAMPLE));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), (length) => {
        expect(() => decodeAuditEntry(bytes.slice(0, length))).to.throw(RangeError);
      }),
    );
    expect(() => decodeAuditEntry(new Uint8Array([...bytes, 0]))).to.throw(RangeError);
    const flagged = bytes.slice();
    flagged[flagged.indexOf(1, 14 + 8 + 2 + SAMPLE.actor.length)] = 2;
    expect(() => decodeAuditEntry(flagged)).to.throw(RangeError);
  });

  it('is never a message, nor a message an entry', () => {
    const message = encodeMessage({
      tenant: 'acme',
      device: 'press-07',
      epoch: 1,
      seq: 1,
      ts: 1,
      values: { temperature: 1 },
    });
    expect(() => decodeAuditEntry(message)).to.throw(RangeError);
    expect(() => decodeRawMessage(encodeAuditEntry(rawAuditEntry(SAMPLE)))).to.throw(RangeError);
  });

  it('keeps to the bytes that others compute', () => {
    const bytes = encodeAuditEntry(rawAuditEntry(SAMPLE));
    // Computed by other code, in another language, from the description in docs/architecture.
    expect(toHex(leafHash(bytes))).to.equal(
      '7d1b7535ec06d3852c020cacd2117e33d25bff86d8d8ab524ddc77c6582c9f91',
    );
  });

  it('refuses details that nobody could keep', () => {
    expect(() => rawAuditEntry({ ...SAMPLE, details: { text: 'x'.repeat(MAX_DETAILS_BYTES) } })).to.throw(
      RangeError,
    );
  });
});

describe('a batch', () => {
  it('is of entries when its header knows no device', () => {
    expect(batchKind({ ranges: NO_RANGES })).to.equal('audit');
    expect(toHex(rangesRoot([]))).to.equal(NO_RANGES);
    const ranges = toHex(rangesRoot(rangesOf([{ device: 'press-07', epoch: 1, seq: 1 }])));
    expect(batchKind({ ranges })).to.equal('telemetry');
  });

  it('numbers its entries by their places', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 2n ** 40n }), fc.nat(16_383), (batch, leaf) => {
        expect(auditEntryPlace(auditEntryId({ batch, leaf }))).to.deep.equal({ batch, leaf });
      }),
    );
  });
});
