import { expect } from 'chai';

import type { Evidence } from '../../../chaincode/protocol/evidence.ts';
import { toHex } from '../../../chaincode/protocol/hash.ts';
import { headerHash, NO_PREVIOUS, type Header } from '../../../chaincode/protocol/header.ts';
import { inclusionProof, merkleRoot } from '../../../chaincode/protocol/merkle.ts';
import { encodeMessage, messageLeaf, type AttributedMessage } from '../../../chaincode/protocol/message.ts';
import { ApiProblem } from '../api/problem.ts';
import type { Checkpoint, Reading } from '../api/types.ts';
import { evidenceFileName, explainStep, peerCommand } from './explain.ts';
import { verifyReading, type EvidenceSource } from './verify-reading.ts';

const LOG = 'ingest-1@operator';

function message(seq: number): AttributedMessage {
  return {
    tenant: 'acme',
    device: 'press-07',
    epoch: 1,
    seq,
    ts: 1_700_000_000_000 + seq,
    values: { temperature: seq + 0.5 },
  };
}

/** Three messages in one batch, the third batch of its log. */
function make(): { evidence: Evidence; checkpoint: Checkpoint; reading: Reading } {
  const messages = [message(1), message(2), message(3)];
  const leaves = messages.map((each) => messageLeaf(encodeMessage(each)));
  const earlier = [0, 1].map((sequence): Header => ({
    logId: LOG,
    sequence,
    size: 1,
    root: NO_PREVIOUS,
    previous: NO_PREVIOUS,
    ranges: NO_PREVIOUS,
  }));
  const header: Header = {
    logId: LOG,
    sequence: 2,
    size: 3,
    root: toHex(merkleRoot(leaves)),
    previous: NO_PREVIOUS,
    ranges: NO_PREVIOUS,
  };
  const headers = [...earlier, header].map(headerHash);
  const checkpoint = {
    logId: LOG,
    size: 3,
    root: toHex(merkleRoot(headers)),
    head: toHex(headerHash(header)),
  };
  const evidence: Evidence = {
    format: 'biot-evidence-1',
    message: message(2),
    leaf: { index: 1, path: inclusionProof(leaves, 1).map(toHex) },
    header,
    log: { path: inclusionProof(headers, 2).map(toHex) },
    checkpoint,
    anchor: { channel: 'anchors', transaction: 'ab'.repeat(32), block: 12 },
  };
  const anchor = { logId: LOG, sequence: 2, state: 'committed' } as const;
  const reading = {
    id: '64',
    ts: message(2).ts,
    sensor: 'temperature',
    value: 2.5,
    seq: 2,
    epoch: 1,
    anchor,
  };
  return { evidence, checkpoint, reading };
}

function source(evidence: unknown, ...answers: Checkpoint[][]): EvidenceSource & { asked: number } {
  const result = {
    asked: 0,
    proof: () => Promise.resolve(evidence),
    logs: () => {
      const logs = answers[Math.min(result.asked, answers.length - 1)] ?? [];
      result.asked += 1;
      return Promise.resolve({ logs });
    },
  };
  return result;
}

describe('verifying a reading', () => {
  it('holds in every step for a true reading, against the ledger’s own checkpoint', async () => {
    const { evidence, checkpoint, reading } = make();
    const result = await verifyReading(source(evidence, [checkpoint]), 'press-07', reading);
    expect(result.steps.map(({ name, ok }) => [name, ok])).to.deep.equal([
      ['message', true],
      ['batch', true],
      ['header', true],
      ['log', true],
      ['checkpoint', true],
    ]);
    expect(result).to.include({ ok: true, compared: true });
  });

  it('catches a value that was changed in the database, and says what it was', async () => {
    const { evidence, checkpoint, reading } = make();
    const changed = { ...reading, value: 9.5 };
    const result = await verifyReading(source(evidence, [checkpoint]), 'press-07', changed);
    expect(result.ok).to.equal(false);
    const { failure } = explainStep(result.steps[0]!, evidence, changed);
    expect(failure).to.contain('9.5').and.contain('2.5');
  });

  it('catches evidence about another device, message or instant', async () => {
    const { evidence, checkpoint, reading } = make();
    const answers = source(evidence, [checkpoint]);
    expect((await verifyReading(answers, 'press-08', reading)).ok).to.equal(false);
    for (const changed of [
      { ...reading, seq: 3 },
      { ...reading, ts: 1 },
      { ...reading, sensor: 'humidity' },
    ]) {
      const result = await verifyReading(answers, 'press-07', changed);
      expect(result.ok).to.equal(false);
      expect(explainStep(result.steps[0]!, evidence, changed).failure).not.to.equal('');
    }
  });

  it('catches a message that was changed after its batch was sealed', async () => {
    const { evidence, checkpoint, reading } = make();
    const forged = { ...evidence, message: { ...evidence.message, values: { temperature: 9.5 } } };
    const result = await verifyReading(source(forged, [checkpoint]), 'press-07', { ...reading, value: 9.5 });
    expect(result.steps.find(({ ok }) => !ok)?.name).to.equal('batch');
  });

  it('catches a checkpoint that the ledger does not have', async () => {
    const { evidence, checkpoint, reading } = make();
    for (const log of [
      { ...checkpoint, root: 'cd'.repeat(32) },
      { ...checkpoint, size: 2 },
    ]) {
      const result = await verifyReading(source(evidence, [log]), 'press-07', reading);
      expect(result.steps.at(-1)).to.include({ name: 'checkpoint', ok: false });
    }
  });

  it('asks again when the log has grown in between', async () => {
    const { evidence, checkpoint, reading } = make();
    const answers = source(evidence, [{ ...checkpoint, size: 4 }], [checkpoint]);
    expect((await verifyReading(answers, 'press-07', reading)).compared).to.equal(true);
    expect(answers.asked).to.equal(2);
  });

  it('says so when a busy log could not be compared', async () => {
    const { evidence, checkpoint, reading } = make();
    const answers = source(evidence, [{ ...checkpoint, size: 4 }]);
    expect(await verifyReading(answers, 'press-07', reading)).to.include({ ok: true, compared: false });
    expect(answers.asked).to.equal(3);
  });

  it('refuses what is no evidence', async () => {
    const { checkpoint, reading } = make();
    const failure = await verifyReading(source({ format: 'other' }, [checkpoint]), 'press-07', reading).catch(
      (error: unknown) => error,
    );
    expect(failure).to.be.instanceOf(ApiProblem).and.include({ code: 'EVIDENCE_INVALID' });
  });
});

describe('what a proof is shown as', () => {
  it('has words for each step', async () => {
    const { evidence, checkpoint, reading } = make();
    const { steps } = await verifyReading(source(evidence, [checkpoint]), 'press-07', reading);
    const titles = steps.map((step) => explainStep(step, evidence, reading).title);
    expect(new Set(titles).size).to.equal(5);
  });

  it('names the question for one’s own peer, and a file', () => {
    const { evidence } = make();
    expect(peerCommand(evidence)).to.equal(
      `peer chaincode query -C anchors -n biot -c '{"function":"AnchorContract:Get","Args":["ingest-1@operator","2"]}'`,
    );
    expect(evidenceFileName(evidence)).to.equal('evidence-press-07-1-2.json');
  });
});
