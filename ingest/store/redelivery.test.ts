import { expect } from 'chai';
import fc from 'fast-check';

import { testDevice, testMessage } from '../testing/devices.ts';
import { MAX_VERSIONS, numberKey, sortOut, type Version } from './redelivery.ts';

const PRESS = testDevice('press-07');
const PLACE = { logId: 'ingest-1@operator', sequence: 4, leaf: 2 };

function storedBefore(...versions: ReturnType<typeof testMessage>[]): Map<string, Version[]> {
  const stored = new Map<string, Version[]>();
  for (const message of versions) {
    const key = numberKey(message);
    stored.set(key, [...(stored.get(key) ?? []), { canonical: message.canonical, place: PLACE }]);
  }
  return stored;
}

describe('sortOut', () => {
  it('drops what was stored before with the same content', () => {
    const message = testMessage(PRESS, 1);
    const { outcomes, fresh, conflicts } = sortOut([message], storedBefore(message));
    expect(outcomes).to.deep.equal(['again']);
    expect(fresh).to.have.length(0);
    expect(conflicts).to.have.length(0);
  });

  it('stores a message once that comes twice in one batch', () => {
    const { outcomes, fresh } = sortOut([testMessage(PRESS, 1), testMessage(PRESS, 1)], new Map());
    expect(outcomes).to.deep.equal(['stored', 'again']);
    expect(fresh).to.have.length(1);
  });

  it('keeps the same number with another content, and names both places', () => {
    const first = testMessage(PRESS, 1, { temperature: 20 });
    const second = testMessage(PRESS, 1, { temperature: 21 });
    const { outcomes, conflicts } = sortOut([testMessage(PRESS, 7), second], storedBefore(first));
    expect(outcomes).to.deep.equal(['stored', 'stored']);
    expect(conflicts.map(({ leaf, earlier }) => [leaf, earlier.place])).to.deep.equal([[1, PLACE]]);
  });

  it('notices a conflict within one batch', () => {
    const messages = [20, 21].map((temperature) => testMessage(PRESS, 1, { temperature }));
    const { fresh, conflicts } = sortOut(messages, new Map());
    expect(fresh).to.deep.equal(messages);
    expect(conflicts.map(({ leaf, earlierLeaf }) => [earlierLeaf, leaf])).to.deep.equal([[0, 1]]);
  });

  it('does not confuse devices or epochs that use the same number', () => {
    const others = [testDevice('press-08'), testDevice('press-07', { epoch: 2 })];
    const messages = [PRESS, ...others].map((device) => testMessage(device, 1));
    expect(sortOut(messages, new Map()).outcomes).to.deep.equal(['stored', 'stored', 'stored']);
  });

  it('keeps so many contents of one number and no more, and still knows those it has', () => {
    const versions = Array.from({ length: 6 }, (_, index) => testMessage(PRESS, 1, { temperature: index }));
    const { outcomes } = sortOut([...versions, versions[0]!], storedBefore(versions[0]!));
    expect(outcomes.filter((outcome) => outcome === 'stored')).to.have.length(MAX_VERSIONS - 1);
    expect(outcomes.slice(-3)).to.deep.equal(['excess', 'excess', 'again']);
  });

  it('stores each content exactly once, however deliveries are cut into batches', () => {
    const deliveries = fc.array(
      fc.record({ seq: fc.integer({ min: 1, max: 5 }), temperature: fc.integer({ min: 0, max: 2 }) }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(deliveries, fc.integer({ min: 1, max: 10 }), (sent, size) => {
        const stored = new Map<string, Version[]>();
        const kept: string[] = [];
        for (let from = 0; from < sent.length; from += size) {
          const batch = sent
            .slice(from, from + size)
            .map(({ seq, temperature }) => testMessage(PRESS, seq, { temperature }));
          for (const { canonical, ...message } of sortOut(batch, stored).fresh) {
            const key = numberKey(message);
            stored.set(key, [...(stored.get(key) ?? []), { canonical, place: PLACE }]);
            kept.push(`${message.seq}:${message.values[0]!.value}`);
          }
        }
        const wanted = new Set(sent.map(({ seq, temperature }) => `${seq}:${temperature}`));
        expect(kept).to.have.members([...wanted]);
      }),
    );
  });
});
