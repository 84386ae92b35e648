import { expect } from 'chai';
import { generateKeyPairSync, sign } from 'node:crypto';

import { readProposal } from '../signing/proposal.ts';
import { fabricSignature } from '../signing/signature.ts';
import { endorsedByPeer, questionBySdk } from '../signing/testing/fabric.ts';
import { readTransaction } from '../signing/transaction.ts';
import { connectLedger, type LedgerClient } from './client.ts';
import { FakePeer } from './fake-peer.fixture.ts';
import type { SignedBy } from './offline-calls.ts';

const CALL = {
  channel: 'registry',
  contract: 'DeviceContract',
  method: 'Suspend',
  arguments: ['press-07', 'a pause'],
} as const;

describe('calls of members whose keys are elsewhere', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signatory = { mspId: 'AuditorMSP', certificate: 'an auditor' };
  const peer = new FakePeer();
  let client: LedgerClient;

  before(async () => {
    client = connectLedger(await peer.start());
  });

  after(() => {
    client.close();
    peer.stop();
  });

  it('are prepared in the member’s name, each with an id of its own', () => {
    const one = readProposal(client.offline.prepare(CALL, signatory));
    const other = readProposal(client.offline.prepare(CALL, signatory));
    expect(one.action).to.deep.equal(CALL);
    expect(one.signatory).to.deep.equal(signatory);
    expect(one.transactionId).to.not.equal(other.transactionId);
  });

  it('fail with the code of the phase, and name the transaction', async () => {
    const prepared = client.offline.prepare(CALL, signatory);
    const proposal = readProposal(prepared);
    const endorsed = endorsedByPeer(prepared);
    const by = (bytes: Uint8Array): SignedBy => ({
      signatory,
      signature: fabricSignature(sign('sha256', bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' })),
      transaction: proposal.transactionId,
    });
    const question = questionBySdk(proposal, proposal.transactionId);
    // The fake peer knows none of these services.
    const attempts: [string, Promise<unknown>][] = [
      ['LEDGER_ENDORSE_FAILED', client.offline.endorse(prepared, by(proposal.signed))],
      ['LEDGER_SUBMIT_FAILED', client.offline.submit(endorsed, by(readTransaction(endorsed).signed))],
      ['LEDGER_COMMIT_UNKNOWN', client.offline.outcome(question, by(question))],
    ];
    for (const [code, attempt] of attempts) {
      const error: unknown = await attempt.catch((thrown: unknown) => thrown);
      expect(error).to.include({ code, transaction: proposal.transactionId });
    }
  });
});
