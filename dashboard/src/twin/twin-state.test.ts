import { expect } from 'chai';

import { deltaOf, type Properties } from '../../../chaincode/protocol/twin.ts';
import type { Twin } from '../api/types.ts';
import { twinSentence, twinState } from './twin-state.ts';

function twin(desired: Properties, reported: Properties, seen: number | null): Twin {
  return {
    desired: { version: 3, properties: desired, at: 1, by: 'ada' },
    reported: { version: 1, properties: reported, at: 1, desiredVersion: seen },
    delta: deltaOf(desired, reported),
  };
}

describe('how far a device has come with what is desired of it', () => {
  it('is what it says itself', () => {
    expect(twinState(twin({}, { a: 1 }, null))).to.equal('nothing desired');
    expect(twinState(twin({ a: 1 }, {}, null))).to.equal('waiting');
    expect(twinState(twin({ a: 1 }, { a: 2 }, 2))).to.equal('waiting');
    expect(twinState(twin({ a: 1 }, { a: 2 }, 3))).to.equal('told, but differs');
    expect(twinState(twin({ a: 1 }, { a: 1, b: 2 }, null))).to.equal('as desired');
  });

  it('says that one that is away is told when it returns', () => {
    const waiting = twin({ a: 1 }, {}, null);
    expect(twinSentence(waiting, false)).to.include('version 3').and.not.include('returns');
    expect(twinSentence(waiting, true)).to.include('told when it returns');
    expect(twinSentence(twin({ a: 1 }, { a: 1 }, 3), true)).not.to.include('returns');
  });
});
