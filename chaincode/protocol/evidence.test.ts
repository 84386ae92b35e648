import { expect } from 'chai';
import fc from 'fast-check';

import { encodeAuditEntry } from './audit-entry.ts';
import {
  checkEntryEvidence,
  checkEvidence,
  type ClaimedReading,
  type EntryEvidence,
  entryEvidenceSchema,
  type Evidence,
  evidenceSchema,
  EVIDENCE_STEPS,
  type EvidenceStepName,
} from './evidence.ts';
import { toHex } from './hash.ts';
import { type Header, headerHash, headerHashHex, NO_PREVIOUS } from './header.ts';
import { emptyRoot, inclusionProof, leafHash, merkleRoot } from './merkle.ts';
import { type AttributedMessage, encodeMessage, messageLeaf } from './message.ts';

const LOG = 'ingest-1@operator';
const OTHER = 'ab'.repeat(32);

function messageAt(batch: number, leaf: number): AttributedMessage {
  return {
    tenant: 'acme',
    device: 'press-07',
    epoch: 1,
    seq: 1 + batch * 100 + leaf,
    ts: 1_700_000_000_000 + batch * 1000 + leaf,
    values: { temperature: 20 + leaf / 4, humidity: 40 },
  };
}

/** A whole log of batches of the sizes given, and the evidence for one message in it. */
function evidenceFor(sizes: readonly number[], batch: number, leaf: number): Evidence {
  const headers: Header[] = [];
  const leavesOf = (index: number): Uint8Array[] =>
    Array.from({ length: sizes[index]! }, (_, place) => messageLeaf(encodeMessage(messageAt(index, place))));
  for (const [sequence, size] of sizes.entries()) {
    const last = headers.at(-1);
    headers.push({
      logId: LOG,
      sequence,
      size,
      root: toHex(merkleRoot(leavesOf(sequence))),
      previous: last === undefined ? NO_PREVIOUS : headerHashHex(last),
      ranges: toHex(emptyRoot()),
    });
  }
  const hashes = headers.map(headerHash);
  return evidenceSchema.parse({
    format: 'biot-evidence-1',
    message: messageAt(batch, leaf),
    leaf: { index: leaf, path: inclusionProof(leavesOf(batch), leaf).map(toHex) },
    header: headers[batch],
    log: { path: inclusionProof(hashes, batch).map(toHex) },
    checkpoint: {
      logId: LOG,
      size: headers.length,
      root: toHex(merkleRoot(hashes)),
      head: headerHashHex(headers.at(-1)!),
    },
    anchor: { channel: 'anchors', transaction: OTHER, block: 12 },
  });
}

const SIZES = [3, 7, 1, 5, 8];
const EVIDENCE = evidenceFor(SIZES, 3, 2);
const CLAIM: ClaimedReading = {
  device: 'press-07',
  seq: 303,
  ts: 1_700_000_003_002,
  sensor: 'temperature',
  value: 20.5,
};

function failing(evidence: Evidence, options?: Parameters<typeof checkEvidence>[1]): EvidenceStepName[] {
  return checkEvidence(evidence, options)
    .filter(({ ok }) => !ok)
    .map(({ name }) => name);
}

describe('evidence', () => {
  it('proves any message of any log, step by step', () => {
    const place = fc
      .array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 9 })
      .chain((sizes) =>
        fc
          .nat(sizes.length - 1)
          .chain((batch) => fc.tuple(fc.constant(sizes), fc.constant(batch), fc.nat(sizes[batch]! - 1))),
      );
    fc.assert(
      fc.property(place, ([sizes, batch, leaf]) => {
        const evidence = evidenceFor(sizes, batch, leaf);
        const steps = checkEvidence(evidence, { trusted: evidence.checkpoint });
        expect(steps.map(({ name, ok }) => ({ name, ok }))).to.deep.equal(
          EVIDENCE_STEPS.map((name) => ({ name, ok: true })),
        );
      }),
    );
  });

  it('survives being written to a file', () => {
    const read = evidenceSchema.parse(JSON.parse(JSON.stringify(EVIDENCE)));
    expect(failing(read, { claim: CLAIM, trusted: EVIDENCE.checkpoint })).to.deep.equal([]);
  });

  describe('with one field changed fails at the step that it belongs to', () => {
    const { message, leaf, header, log, checkpoint } = EVIDENCE;
    const cases: Readonly<Record<string, readonly [Partial<Evidence>, readonly EvidenceStepName[]]>> = {
      'a value': [{ message: { ...message, values: { ...message.values, temperature: 20.75 } } }, ['batch']],
      'a sensor': [{ message: { ...message, values: { pressure: 20.5, humidity: 40 } } }, ['batch']],
      'a value left out': [{ message: { ...message, values: { temperature: 20.5 } } }, ['batch']],
      'the device': [{ message: { ...message, device: 'press-08' } }, ['batch']],
      'the tenant': [{ message: { ...message, tenant: 'other' } }, ['batch']],
      'the epoch': [{ message: { ...message, epoch: 2 } }, ['batch']],
      'the sequence number': [{ message: { ...message, seq: 304 } }, ['batch']],
      'the instant': [{ message: { ...message, ts: message.ts + 1 } }, ['batch']],
      'the place in the batch': [{ leaf: { ...leaf, index: 1 } }, ['batch']],
      'a place beyond the batch': [{ leaf: { ...leaf, index: 5 } }, ['batch']],
      "a hash of the batch's path": [{ leaf: { ...leaf, path: [OTHER, ...leaf.path.slice(1)] } }, ['batch']],
      "a hash less in the batch's path": [{ leaf: { ...leaf, path: leaf.path.slice(1) } }, ['batch']],
      "a hash more in the batch's path": [{ leaf: { ...leaf, path: [...leaf.path, OTHER] } }, ['batch']],
      "the batch's root": [{ header: { ...header, root: OTHER } }, ['batch', 'log']],
      "the batch's size": [{ header: { ...header, size: 9 } }, ['batch', 'log']],
      'the ranges': [{ header: { ...header, ranges: OTHER } }, ['log']],
      'the previous header': [{ header: { ...header, previous: OTHER } }, ['log']],
      "the header's number": [{ header: { ...header, sequence: 2 } }, ['log']],
      'a number beyond the log': [{ header: { ...header, sequence: 5 } }, ['log']],
      "the header's log": [{ header: { ...header, logId: 'ingest-2@operator' } }, ['header', 'log']],
      "a hash of the log's path": [{ log: { path: [OTHER, ...log.path.slice(1)] } }, ['log']],
      "a hash less in the log's path": [{ log: { path: log.path.slice(1) } }, ['log']],
      "the checkpoint's root": [{ checkpoint: { ...checkpoint, root: OTHER } }, ['log', 'checkpoint']],
      "the checkpoint's size": [{ checkpoint: { ...checkpoint, size: 9 } }, ['log', 'checkpoint']],
      // In a log of 6 the path would have the same form: only the checkpoint from the ledger shows the lie.
      "the checkpoint's size by one": [{ checkpoint: { ...checkpoint, size: 6 } }, ['checkpoint']],
      "the checkpoint's log": [
        { checkpoint: { ...checkpoint, logId: 'a@operator' } },
        ['header', 'checkpoint'],
      ],
    };
    for (const [what, [changes, expected]] of Object.entries(cases)) {
      it(what, () => {
        const changed = evidenceSchema.parse({ ...EVIDENCE, ...changes });
        expect(failing(changed, { trusted: checkpoint })).to.deep.equal(expected);
      });
    }

    it("the head, where the header is the log's last", () => {
      const last = evidenceFor(SIZES, 4, 0);
      const changed = { ...last, checkpoint: { ...last.checkpoint, head: OTHER } };
      expect(failing(changed)).to.deep.equal(['header']);
    });
  });

  it('with any bit of any hash of its paths changed fails', () => {
    const hashes = [...EVIDENCE.leaf.path, ...EVIDENCE.log.path];
    fc.assert(
      fc.property(
        fc.nat(hashes.length - 1),
        fc.nat(63),
        fc.integer({ min: 1, max: 15 }),
        (which, digit, bits) => {
          const flip = (hash: string, index: number): string =>
            index !== which
              ? hash
              : hash.slice(0, digit) +
                (parseInt(hash[digit]!, 16) ^ bits).toString(16) +
                hash.slice(digit + 1);
          const changed = hashes.map(flip);
          const split = EVIDENCE.leaf.path.length;
          const evidence = {
            ...EVIDENCE,
            leaf: { ...EVIDENCE.leaf, path: changed.slice(0, split) },
            log: { path: changed.slice(split) },
          };
          expect(failing(evidence)).to.deep.equal([which < split ? 'batch' : 'log']);
        },
      ),
    );
  });

  it('that is whole, but of another log than the ledger has, fails at the checkpoint', () => {
    const forged = evidenceFor([3, 7, 1, 6, 8], 3, 2);
    expect(failing(forged)).to.deep.equal([]);
    expect(failing(forged, { trusted: EVIDENCE.checkpoint })).to.deep.equal(['checkpoint']);
  });

  it('says whose word the checkpoint is', () => {
    const detail = (trusted?: Evidence['checkpoint']): string | undefined =>
      checkEvidence(EVIDENCE, trusted === undefined ? {} : { trusted }).at(-1)?.detail;
    expect(detail()).to.contain('came with the evidence');
    expect(detail(EVIDENCE.checkpoint)).to.contain('read from the ledger');
  });

  describe('about the reading that was shown', () => {
    it('holds', () => {
      expect(failing(EVIDENCE, { claim: CLAIM })).to.deep.equal([]);
    });

    for (const [field, value] of Object.entries({
      device: 'press-08',
      seq: 302,
      ts: CLAIM.ts + 1,
      sensor: 'humidity',
      value: 20.500000000000004,
    })) {
      it(`fails when it is of another ${field}`, () => {
        expect(failing(EVIDENCE, { claim: { ...CLAIM, [field]: value } })).to.deep.equal(['message']);
      });
    }

    it('fails when the sensor is none of the message', () => {
      for (const sensor of ['pressure', 'toString', '__proto__']) {
        expect(failing(EVIDENCE, { claim: { ...CLAIM, sensor } })).to.deep.equal(['message']);
      }
    });
  });

  it('that is not of this format is refused before it is checked', () => {
    for (const file of [
      null,
      {},
      { ...EVIDENCE, anchor: undefined },
      { ...EVIDENCE, format: 'biot-evidence-2' },
      { ...EVIDENCE, more: 1 },
      { ...EVIDENCE, leaf: { ...EVIDENCE.leaf, index: -1 } },
      { ...EVIDENCE, leaf: { ...EVIDENCE.leaf, path: Array.from({ length: 65 }, () => OTHER) } },
      { ...EVIDENCE, log: { path: ['00'] } },
      { ...EVIDENCE, log: { path: [OTHER.toUpperCase()] } },
      { ...EVIDENCE, message: { ...EVIDENCE.message, values: { mood: 1 } } },
    ]) {
      expect(evidenceSchema.safeParse(file).success).to.equal(false);
    }
  });
});

describe('evidence of an entry of the audit trail', () => {
  const entry = {
    at: 1_700_000_000_000,
    actor: 'admin@operator',
    org: 'OperatorMSP',
    action: 'suspendDevice',
    outcome: 'done' as const,
    tenant: 'acme',
    device: 'press-07',
    subject: null,
    details: '{"reason":"smoke"}',
    address: '127.0.0.1',
    transaction: OTHER,
  };
  const leaves = [messageLeaf(new Uint8Array(1)), leafHash(encodeAuditEntry(entry))];
  const header: Header = {
    ...{ logId: LOG, sequence: 0, size: 2, root: toHex(merkleRoot(leaves)) },
    ...{ previous: NO_PREVIOUS, ranges: toHex(emptyRoot()) },
  };
  const evidence = entryEvidenceSchema.parse({
    format: 'biot-entry-evidence-1',
    entry,
    leaf: { index: 1, path: inclusionProof(leaves, 1).map(toHex) },
    header,
    log: { path: [] },
    checkpoint: { logId: LOG, size: 1, root: headerHashHex(header), head: headerHashHex(header) },
    anchor: { channel: 'anchors', transaction: OTHER, block: 12 },
  });
  const broken = (changed: EntryEvidence, options?: Parameters<typeof checkEntryEvidence>[1]): string[] =>
    checkEntryEvidence(changed, options)
      .filter(({ ok }) => !ok)
      .map(({ name }) => name);

  it('holds for what was anchored, and for nothing else', () => {
    expect(broken(evidence, { claim: entry, trusted: evidence.checkpoint })).to.deep.equal([]);
    const others: Partial<typeof entry>[] = [
      { at: entry.at + 1 },
      { actor: 'nobody@operator' },
      { action: 'revokeDevice' },
      { device: 'press-08' },
      { details: '{"reason":"smoke" }' },
      { transaction: 'cd'.repeat(32) },
    ];
    for (const other of others) {
      expect(broken({ ...evidence, entry: { ...entry, ...other } }), JSON.stringify(other)).to.deep.equal([
        'batch',
      ]);
      expect(broken(evidence, { claim: { ...entry, ...other } }), JSON.stringify(other)).to.deep.equal([
        'message',
      ]);
    }
  });

  it('is none of a message, nor of a log that the ledger has otherwise', () => {
    expect(evidenceSchema.safeParse(evidence).success).to.equal(false);
    expect(entryEvidenceSchema.safeParse(EVIDENCE).success).to.equal(false);
    const trusted = { ...evidence.checkpoint, root: OTHER };
    expect(broken(evidence, { trusted })).to.deep.equal(['checkpoint']);
  });
});
