import { expect } from 'chai';

import { readProposal } from './proposal.ts';
import { ASKED, endorsedByPeer, proposedBySdk } from './testing/fabric.ts';
import { readTransaction } from './transaction.ts';
import { inWords, resultInWords } from './words.ts';

const APPROVAL = {
  channel: 'registry',
  contract: 'PolicyContract',
  method: 'Approve',
  arguments: ['a'.repeat(64)],
};

describe('what is about to be signed, in words', () => {
  it('is what the proposal says', () => {
    const words = inWords(readProposal(proposedBySdk(ASKED).getBytes()));
    expect(words).to.deep.include({
      name: 'device revoke',
      effect: 'has the device’s messages refused for good',
      details: [
        { what: 'the device’s id', value: 'press-07' },
        { what: 'the reason', value: 'stolen, naïve “thief” 🦊' },
      ],
    });
    expect(Math.abs(words.instant.getTime() - Date.now())).to.be.lessThan(60_000);
  });

  it('lays JSON out', () => {
    const labels = JSON.stringify({ groups: ['hall-7'], tags: {} });
    const action = { ...ASKED.action, method: 'Label', arguments: ['press-07', labels] };
    const words = inWords(readProposal(proposedBySdk({ ...ASKED, action }).getBytes()));
    expect(words.details[1]?.value).to.equal(JSON.stringify(JSON.parse(labels), null, 2));
  });

  it('is, of an approval, what the peers say that it changes', () => {
    const result = JSON.stringify({
      change: { put: [], remove: ['a-rule'] },
      reason: 'why',
      proposed: { name: 'admin@operator' },
      status: 'applied',
    });
    const proposed = proposedBySdk({ ...ASKED, action: APPROVAL }).getBytes();
    const words = resultInWords(readTransaction(endorsedByPeer(proposed, { result })));
    expect(words?.details.map(({ what }) => what)).to.deep.equal(['change', 'reason', 'proposed']);
    expect(words?.details[0]?.value).to.include('a-rule');
  });

  it('is enough where the arguments say all', () => {
    const endorsed = endorsedByPeer(proposedBySdk(ASKED).getBytes());
    expect(resultInWords(readTransaction(endorsed))).to.equal(undefined);
  });
});
