import { expect } from 'chai';
import fc from 'fast-check';

import { equalBytes } from '../../chaincode/protocol/bytes.ts';
import { type Asked, checkCommitQuestion, checkProposal, checkTransaction } from './check.ts';
import { readProposal } from './proposal.ts';
import { ASKED, endorsedByPeer, proposedBySdk, questionBySdk } from './testing/fabric.ts';

/** When `bytes` was made; what a test makes is younger, by however long the tests before it took. */
const now = Date.now();

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).to.have.property('code', 'PREPARED_DIFFERS');
    return error instanceof Error ? error.message : '';
  }
  throw new Error('it was not refused');
}

function asking(action: Partial<Asked['action']>, signatory: Partial<Asked['signatory']> = {}): Asked {
  return { action: { ...ASKED.action, ...action }, signatory: { ...ASKED.signatory, ...signatory } };
}

/** One byte of it changed to another. */
function changed(bytes: Uint8Array) {
  return fc
    .record({ at: fc.nat(bytes.length - 1), flip: fc.integer({ min: 1, max: 255 }) })
    .map(({ at, flip }) => bytes.map((byte, index) => (index === at ? byte ^ flip : byte)));
}

/** Bytes put in, taken out or doubled somewhere. */
function spliced(bytes: Uint8Array) {
  return fc
    .record({
      at: fc.nat(bytes.length),
      without: fc.nat(40),
      with: fc.uint8Array({ maxLength: 40 }),
    })
    .map(({ at, without, with: more }) =>
      Uint8Array.of(...bytes.slice(0, at), ...more, ...bytes.slice(at + without)),
    )
    .filter((other) => !equalBytes(other, bytes));
}

describe('what a gateway prepared for signing', () => {
  const proposed = proposedBySdk(ASKED);
  const bytes = proposed.getBytes();
  const proposal = readProposal(bytes);

  describe('a proposal', () => {
    it('is read as Fabric’s own library wrote it, and its hash is the one that the library would sign', async () => {
      const read = checkProposal(bytes, ASKED, now);
      expect(read.action).to.deep.equal(ASKED.action);
      expect(read.signatory).to.deep.equal(ASKED.signatory);
      expect(read.transactionId).to.equal(proposed.getTransactionId());
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', read.signed.slice()));
      expect(digest).to.deep.equal(Uint8Array.from(proposed.getDigest()));
    });

    it('is read whatever the arguments are', () => {
      fc.assert(
        fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 300 })), (values) => {
          const asked = asking({ arguments: values });
          expect(
            checkProposal(proposedBySdk(asked).getBytes(), asked, Date.now()).action.arguments,
          ).to.deep.equal(values);
        }),
        { numRuns: 200 },
      );
    });

    it('has the code that was asked for, and no other', async () => {
      const redeeming = asking({ code: 'AAAA-BBBB' });
      const redeemed = proposedBySdk(redeeming);
      const read = checkProposal(redeemed.getBytes(), redeeming, Date.now());
      expect(read.action).to.deep.equal(redeeming.action);
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', read.signed.slice()));
      expect(digest).to.deep.equal(Uint8Array.from(redeemed.getDigest()));
      for (const other of [asking({ code: 'AAAA-CCCC' }), asking({})]) {
        const why = refusal(() => checkProposal(redeemed.getBytes(), other, Date.now()));
        expect(why).to.include('its code').and.not.include('AAAA');
      }
      expect(refusal(() => checkProposal(bytes, redeeming, now))).to.include('its code');
    });

    it('is refused when it is another’s, and the difference named', () => {
      const others: [string, Asked][] = [
        ['channel', asking({ channel: 'anchors' })],
        ['contract', asking({ contract: 'PolicyContract' })],
        ['method', asking({ method: 'Activate' })],
        ['argument 1', asking({ arguments: ['press-08', ASKED.action.arguments[1] ?? ''] })],
        ['argument 2', asking({ arguments: ['press-07', 'stolen'] })],
        ['number of arguments', asking({ arguments: [...ASKED.action.arguments, ''] })],
        ['signatory', asking({}, { mspId: 'AuditorMSP' })],
        ['certificate', asking({}, { certificate: ASKED.signatory.certificate.trim() })],
      ];
      for (const [what, other] of others)
        expect(refusal(() => checkProposal(proposedBySdk(other).getBytes(), ASKED, Date.now()))).to.include(
          `its ${what} is`,
        );
    });

    it('is refused when it carries data that no argument shows', () => {
      const hidden = proposedBySdk(ASKED, { transientData: { key: 'value' } });
      expect(refusal(() => checkProposal(hidden.getBytes(), ASKED, Date.now()))).to.include(
        'cannot be understood',
      );
      const elsewhere = proposedBySdk(ASKED, { endorsingOrganizations: ['OperatorMSP'] });
      expect(refusal(() => checkProposal(elsewhere.getBytes(), ASKED, Date.now()))).to.include(
        'cannot be understood',
      );
    });

    it('is refused when its time is not now', () => {
      for (const shift of [-301_000, 301_000])
        expect(refusal(() => checkProposal(bytes, ASKED, now + shift))).to.include('time');
      expect(checkProposal(bytes, ASKED, now + 299_000).action).to.deep.equal(ASKED.action);
    });

    it('is refused, whatever byte of it was changed, unless only its time is a little another', () => {
      const meaningless = (other: Uint8Array): boolean => {
        const { time, ...rest } = checkProposal(other, ASKED, now);
        return (
          rest.transactionId === proposal.transactionId &&
          Math.abs(time.seconds - proposal.time.seconds) <= 300
        );
      };
      fc.assert(
        fc.property(fc.oneof(changed(bytes), spliced(bytes)), (other) => {
          let accepted: boolean;
          try {
            accepted = meaningless(other);
          } catch (error) {
            expect(error).to.have.property('code', 'PREPARED_DIFFERS');
            return;
          }
          expect(accepted).to.equal(true);
        }),
        { numRuns: 5_000 },
      );
    });

    it('is refused when it is nothing of the kind', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 200 }), (other) => {
          refusal(() => checkProposal(other, ASKED, now));
        }),
        { numRuns: 1_000 },
      );
    });
  });

  describe('a transaction', () => {
    const endorsed = endorsedByPeer(bytes);

    it('is what peers make of the proposal that was signed', () => {
      const transaction = checkTransaction(endorsed, proposal);
      expect(transaction.result).to.equal('{"id":"press-07"}');
      expect(transaction.proposal.transactionId).to.equal(proposed.getTransactionId());
    });

    it('is without the code that its proposal had', () => {
      const redeeming = asking({ code: 'AAAA-BBBB' });
      const redeemed = proposedBySdk(redeeming).getBytes();
      const sent = checkProposal(redeemed, redeeming, Date.now());
      const transaction = checkTransaction(endorsedByPeer(redeemed), sent);
      expect(transaction.proposal.action).to.not.have.property('code');
      expect(Buffer.from(transaction.signed).includes('AAAA-BBBB')).to.equal(false);
    });

    it('is refused when it is of another proposal, be it of the same words', () => {
      const again = endorsedByPeer(proposedBySdk(ASKED).getBytes());
      expect(refusal(() => checkTransaction(again, proposal))).to.include('another id or time');
      const other = endorsedByPeer(proposedBySdk(asking({ method: 'Activate' })).getBytes());
      expect(refusal(() => checkTransaction(other, proposal))).to.include('its method is "Activate"');
    });

    it('is refused when peers endorsed something else, or did not', () => {
      const elsewhere = endorsedByPeer(bytes, { proposalHash: new Uint8Array(32) });
      refusal(() => checkTransaction(elsewhere, proposal));
      refusal(() => checkTransaction(endorsedByPeer(bytes, { status: 500 }), proposal));
    });

    it('is refused, whatever byte of it was changed, unless it is one that the peers have signed', () => {
      const { signed } = checkTransaction(endorsed, proposal);
      fc.assert(
        fc.property(fc.oneof(changed(endorsed), spliced(endorsed)), (other) => {
          let read: ReturnType<typeof checkTransaction>;
          try {
            read = checkTransaction(other, proposal);
          } catch (error) {
            expect(error).to.have.property('code', 'PREPARED_DIFFERS');
            return;
          }
          // What is left are results and endorsements: no peer takes those when they do not fit each other.
          expect(read.proposal).to.deep.equal(proposal);
          expect(equalBytes(read.signed, signed)).to.equal(false);
        }),
        { numRuns: 5_000 },
      );
    });
  });

  describe('the question for the outcome', () => {
    const question = questionBySdk(ASKED, proposal.transactionId);

    it('is for the transaction that was signed', () => {
      expect(checkCommitQuestion(question, proposal).transactionId).to.equal(proposal.transactionId);
    });

    it('is refused, whatever byte of it was changed', () => {
      fc.assert(
        fc.property(fc.oneof(changed(question), spliced(question)), (other) => {
          refusal(() => checkCommitQuestion(other, proposal));
        }),
        { numRuns: 3_000 },
      );
    });

    it('is refused when it is a proposal or a transaction in disguise', () => {
      refusal(() => checkCommitQuestion(bytes, proposal));
      refusal(() => checkCommitQuestion(endorsedByPeer(bytes), proposal));
      refusal(() => checkProposal(question, ASKED, now));
      refusal(() => checkTransaction(question, proposal));
    });
  });
});
