import { expect } from 'chai';
import fc from 'fast-check';
import { compare, compareRounds, type Statement } from './comparison.ts';
import type { Facts } from './facts.ts';

const PEERS = ['manufacturer', 'operator', 'auditor'] as const;

function says(answers: readonly Facts[], names: readonly string[] = PEERS): Statement[] {
  return answers.map((facts, index) => ({ peer: names[index]!, organisation: names[index]!, facts }));
}

/** Of names that every object has, such as `toString`, only those that stand there. */
const valueOf = (facts: Facts, field: string): string | null =>
  new Map(Object.entries(facts)).get(field) ?? null;

const factsArbitrary = fc.dictionary(fc.string(), fc.string(), { maxKeys: 5, noNullPrototype: true });
const peerArbitrary = fc.nat({ max: 2 });

describe('comparing what peers say', () => {
  it('names any single liar among three, whatever it says instead, and what it lies about', () => {
    fc.assert(
      fc.property(factsArbitrary, factsArbitrary, peerArbitrary, (truth, lie, liar) => {
        fc.pre(JSON.stringify(Object.entries(truth).sort()) !== JSON.stringify(Object.entries(lie).sort()));
        const verdict = compare(says([0, 1, 2].map((peer) => (peer === liar ? lie : truth))));
        if (verdict.kind !== 'outvoted') throw new Error(verdict.kind);
        expect(verdict.peers.map(({ peer }) => peer)).to.deep.equal([PEERS[liar]]);
        const [deviation] = verdict.peers;
        expect(deviation?.differences).to.not.deep.equal([]);
        for (const { field, says: said, others } of deviation?.differences ?? [])
          expect([said, others]).to.deep.equal([valueOf(lie, field), valueOf(truth, field)]);
      }),
    );
  });

  it('accuses nobody when all say the same, in whatever order', () => {
    expect(
      compare(
        says([
          { a: '1', b: '2' },
          { b: '2', a: '1' },
          { a: '1', b: '2' },
        ]),
      ),
    ).to.deep.equal({
      kind: 'agreed',
    });
    expect(compare([])).to.deep.equal({ kind: 'agreed' });
    expect(compare(says([{ a: '1' }]))).to.deep.equal({ kind: 'agreed' });
  });

  it('says that they disagree where there is no majority', () => {
    const three = compare(says([{ a: '1' }, { a: '2' }, { a: '3' }]));
    expect(three.kind === 'split' && three.peers.map(({ peer }) => peer)).to.deep.equal([...PEERS]);
    const two = compare(says([{ a: '1' }, { a: '2' }]));
    expect(two).to.deep.equal({
      kind: 'split',
      peers: [
        { peer: 'manufacturer', differences: [{ field: 'a', says: '1', others: '2' }] },
        { peer: 'operator', differences: [{ field: 'a', says: '2', others: '1' }] },
      ],
    });
    expect(
      compare(says([{ a: '1' }, { a: '1' }, { a: '2' }, { a: '2' }], ['a', 'b', 'c', 'd'])).kind,
    ).to.equal('split');
  });

  it('counts organisations, not peers: many peers of one do not outvote the others', () => {
    const crowd = ['evil', 'evil', 'evil', 'evil'].map((organisation, index) => ({
      peer: `evil-${index}`,
      organisation,
      facts: { a: 'lie' },
    }));
    const verdict = compare([...crowd, ...says([{ a: 'truth' }, { a: 'truth' }])]);
    expect(verdict.kind === 'outvoted' && verdict.peers.map(({ peer }) => peer)).to.deep.equal(
      crowd.map(({ peer }) => peer),
    );
  });

  it('does not take a text with a separator in it for two fields', () => {
    expect(compare(says([{ a: '1","b":"2' }, { a: '1', b: '2' }])).kind).to.equal('split');
  });
});

describe('comparing what peers say of a state that changes', () => {
  const round = (...values: string[]): Statement[] => says(values.map((value) => ({ value })));

  it('is content with one round in which all agree', () => {
    expect(compareRounds([round('1', '2', '2'), round('3', '3', '3')])).to.deep.equal({ kind: 'agreed' });
    expect(compareRounds([])).to.deep.equal({ kind: 'agreed' });
  });

  it('accuses who differs each time, and not who was asked at another moment once', () => {
    const verdict = compareRounds([round('0', '1', '1'), round('0', '2', '3'), round('0', '4', '4')]);
    expect(verdict.kind === 'outvoted' && verdict.peers.map(({ peer }) => peer)).to.deep.equal([
      'manufacturer',
    ]);
  });

  it('accuses nobody when it is another one each time', () => {
    expect(compareRounds([round('1', '2', '2'), round('4', '4', '3')])).to.deep.equal({ kind: 'unsettled' });
  });

  it('names the liar through any number of rounds of a state that keeps changing', () => {
    fc.assert(
      fc.property(peerArbitrary, fc.array(fc.nat(), { minLength: 1, maxLength: 8 }), (liar, states) => {
        const rounds = states.map((state) =>
          round(...[0, 1, 2].map((peer) => (peer === liar ? `not ${state}` : String(state)))),
        );
        const verdict = compareRounds(rounds);
        expect(verdict.kind === 'outvoted' && verdict.peers.map(({ peer }) => peer)).to.deep.equal([
          PEERS[liar],
        ]);
      }),
    );
  });

  it('says that they disagree when no round had a majority, and each stands by its word', () => {
    expect(compareRounds([round('1', '2', '3'), round('1', '2', '3')]).kind).to.equal('split');
    expect(compareRounds([round('1', '2'), round('1', '2')]).kind).to.equal('split');
    expect(compareRounds([round('1', '2')]).kind).to.equal('split');
  });

  it('does not take two for enemies who may have been asked before and after a change', () => {
    expect(compareRounds([round('1', '2'), round('2', '3')])).to.deep.equal({ kind: 'unsettled' });
  });
});
