import { expect } from 'chai';
import fc from 'fast-check';
import { differences, factsOfJson, fingerprint } from './facts.ts';

describe('facts', () => {
  it('names values by their paths, and records in lists by their names', () => {
    const json = JSON.stringify({
      devices: [
        { id: 'press-07', status: 'active', groups: [], tags: {} },
        { id: 'oven-01', status: 'revoked' },
      ],
      bookmark: '',
    });
    expect(partsOf(json)).to.deep.equal({
      'devices.press-07.id': '"press-07"',
      'devices.press-07.status': '"active"',
      'devices.press-07.groups': '[]',
      'devices.press-07.tags': '{}',
      'devices.oven-01.id': '"oven-01"',
      'devices.oven-01.status': '"revoked"',
      bookmark: '""',
    });
    expect(partsOf('[{"logId":"ingest-1@operator","size":3}]')).to.deep.equal({
      'ingest-1@operator.logId': '"ingest-1@operator"',
      'ingest-1@operator.size': '3',
    });
  });

  it('tells any two texts apart, also where paths are the same', () => {
    fc.assert(
      fc.property(fc.json(), fc.json(), (one, other) => {
        fc.pre(one !== other);
        expect(fingerprint(factsOfJson(one))).to.not.equal(fingerprint(factsOfJson(other)));
      }),
    );
    for (const [one, other] of [
      ['{"a.b":1}', '{"a":{"b":1}}'],
      ['[1]', '{"0":1}'],
      ['[{"id":"x","v":1},{"id":"x","v":2}]', '[{"id":"x","v":2}]'],
    ] as const)
      expect(differences(factsOfJson(one), factsOfJson(other))).to.not.deep.equal([]);
  });

  it('takes facts for the same in whatever order they come', () => {
    expect(fingerprint({ a: '1', b: '2' })).to.equal(fingerprint({ b: '2', a: '1' }));
  });

  it('lists values that differ, and those that only one side has', () => {
    expect(differences({ a: '1', b: '2' }, { a: '1', b: '3', c: '4' })).to.deep.equal([
      { field: 'b', says: '2', others: '3' },
      { field: 'c', says: null, others: '4' },
    ]);
    expect(differences({ constructor: '1' }, {})).to.deep.equal([
      { field: 'constructor', says: '1', others: null },
    ]);
    expect(differences({ '': 'hash', a: '1' }, { '': 'other', a: '2' })).to.deep.equal([
      { field: 'a', says: '1', others: '2' },
    ]);
  });
});

function partsOf(json: string): object {
  const { '': hash, ...parts } = factsOfJson(json);
  expect(hash).to.match(/^[0-9a-f]{64}$/);
  return parts;
}
