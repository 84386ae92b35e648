import { expect } from 'chai';

import { MAX_TWIN_BYTES } from '../../../chaincode/protocol/twin.ts';
import { propertiesOf, sizeHint, textOfProperties } from './properties-text.ts';

function errorOf(text: string): string {
  const made = propertiesOf(text);
  return 'error' in made ? made.error : '';
}

describe('properties that somebody writes', () => {
  it('are what the text says, flat or nested', () => {
    const properties = { interval: 5, led: { red: 1, on: true }, names: ['a', null], share: 0.25, far: 1e20 };
    expect(propertiesOf(textOfProperties(properties))).to.deep.equal({ properties });
    expect(propertiesOf('{}')).to.deep.equal({ properties: {} });
  });

  it('are one JSON object', () => {
    expect(errorOf('{"a":1,}')).to.match(/^This is not JSON\. .*position 7/);
    expect(errorOf('')).to.match(/^This is not JSON/);
    for (const other of ['[]', 'null', '1', '"a"']) expect(errorOf(other), other).to.match(/no JSON object/);
  });

  it('are no larger, deeper or stranger than the gateway takes', () => {
    const room = MAX_TWIN_BYTES - '{"a":""}'.length;
    expect(errorOf(JSON.stringify({ a: 'x'.repeat(room) }, undefined, 4)), 'blanks do not count').to.equal(
      '',
    );
    expect(errorOf(JSON.stringify({ a: 'x'.repeat(room + 1) }))).to.equal('Larger than 8192 bytes.');
    expect(errorOf(`${'{"a":'.repeat(9)}1${'}'.repeat(9)}`)).to.match(/nested more than 8 deep/i);
    expect(errorOf(String.raw`{"a":"\ud800"}`)).to.match(/half a character/);
    expect(errorOf('{"a":{"__proto__":1}}')).to.equal('A field is named __proto__.');
  });

  it('hold no number that would become another by itself', () => {
    expect(errorOf('{"id":12345678901234567890}')).to.include('12345678901234567890');
    expect(errorOf('{"far":1e400}')).to.include('1e400');
    expect(errorOf('{"id":9007199254740991,"below":-0.1,"ten":100000000000000000000}')).to.equal('');
  });

  it('are told their size in bytes as they are sent', () => {
    expect(sizeHint('{ "a": "ä" }')).to.include('10 of at most 8,192 bytes');
    expect(sizeHint('{')).to.equal('A JSON object of at most 8,192 bytes.');
  });
});
