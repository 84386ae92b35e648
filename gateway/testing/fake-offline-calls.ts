import type { AbsentSignatory, OfflineCalls, SignedBy } from '../../network/ledger/offline-calls.ts';
import { endorsedByPeer, proposedBySdk, questionBySdk } from '../../network/signing/testing/fabric.ts';
import { readTransaction } from '../../network/signing/transaction.ts';

type Call = Parameters<OfflineCalls['prepare']>[0];

/** Peers that endorse everything, with Fabric's own messages. */
export class FakeOfflineCalls implements OfflineCalls {
  /** What reached the peers and orderers. */
  readonly reached: { step: string; by: SignedBy }[] = [];
  /** How endorsing fails, if it is to. */
  failure: Error | undefined;

  prepare(call: Call, signatory: AbsentSignatory): Uint8Array {
    return proposedBySdk({ action: call, signatory }).getBytes();
  }

  endorse(proposal: Uint8Array, by: SignedBy): Promise<Uint8Array> {
    this.reached.push({ step: 'endorse', by });
    return this.failure === undefined
      ? Promise.resolve(endorsedByPeer(proposal))
      : Promise.reject(this.failure);
  }

  submit(transaction: Uint8Array, by: SignedBy): Promise<Uint8Array> {
    this.reached.push({ step: 'submit', by });
    const { proposal } = readTransaction(transaction);
    return Promise.resolve(questionBySdk(proposal, proposal.transactionId));
  }

  outcome(_question: Uint8Array, by: SignedBy): Promise<number> {
    this.reached.push({ step: 'outcome', by });
    return Promise.resolve(12);
  }
}
