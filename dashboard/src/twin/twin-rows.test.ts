import { expect } from 'chai';
import fc from 'fast-check';

import { deltaOf, type Properties } from '../../../chaincode/protocol/twin.ts';
import type { Twin } from '../api/types.ts';
import { twinRows } from './twin-rows.ts';

function twin(desired: Properties, reported: Properties): Twin {
  return {
    desired: { version: 1, properties: desired, at: 1, by: 'ada' },
    reported: { version: 1, properties: reported, at: 1, desiredVersion: null },
    delta: deltaOf(desired, reported),
  };
}

const told = (desired: Properties, reported: Properties): string[] =>
  twinRows(twin(desired, reported)).map(
    (row) => `${row.name}: ${row.desired ?? '-'} / ${row.reported ?? '-'}${row.differs ? ' !' : ''}`,
  );

const properties = fc.dictionary(
  fc.constantFrom('a', 'b', 'c'),
  fc.oneof(
    fc.constantFrom<unknown>(0, '0', null, [1], {}),
    fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom<unknown>(1, [], { a: 1 })),
  ),
);

describe('the properties of a twin, one in a line', () => {
  it('stand beside each other, and what is desired and not reported is marked', () => {
    expect(
      told({ interval: 5, led: { red: 1, blue: 0 } }, { interval: 5, led: { red: 0 }, firmware: '1.2.0' }),
    ).to.deep.equal(['interval: 5 / 5', 'led.red: 1 / 0 !', 'led.blue: 0 / - !', 'firmware: - / "1.2.0"']);
  });

  it('are told as a whole where one side has an object and the other something else', () => {
    expect(told({ a: { b: 1 } }, { a: [1] })).to.deep.equal(['a: {"b":1} / [1] !']);
    expect(told({ a: {} }, {})).to.deep.equal(['a: {} / - !']);
    expect(told({ a: {} }, { a: {} })).to.deep.equal(['a: {} / {}']);
  });

  it('keep names apart that would read alike, also those that objects have by themselves', () => {
    expect(told({ 'a.b': 1, a: { b: 2 }, '': 3 }, { constructor: 1 })).to.deep.equal([
      '"a.b": 1 / - !',
      'a.b: 2 / - !',
      '"": 3 / - !',
      'constructor: - / 1',
    ]);
  });

  it('are marked exactly where the gateway names a difference', () => {
    fc.assert(
      fc.property(properties, properties, (desired, reported) => {
        const rows = twinRows(twin(desired, reported));
        expect(rows.some(({ differs }) => differs)).to.equal(
          Object.keys(deltaOf(desired, reported)).length > 0,
        );
        for (const row of rows) {
          expect(row.desired ?? row.reported, row.name).not.to.equal(undefined);
          const same = row.desired === undefined || row.desired === row.reported;
          expect(row.differs, row.name).to.equal(!same);
        }
        expect(new Set(rows.map(({ name }) => name)).size).to.equal(rows.length);
      }),
    );
  });
});
