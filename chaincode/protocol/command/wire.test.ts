import { expect } from 'chai';

import { BiotError } from '../errors.ts';
import { decodeAnswer } from './wire.ts';

const answered = (result: string): unknown =>
  decodeAnswer(Buffer.from(`{"state":"succeeded","result":${result}}`)).result;

describe('an answer to a command', () => {
  it('has a result that is kept as it is', () => {
    for (const result of ['1', 'null', '[{"a":[]}]', '{"constructor":{"prototype":1},"toString":"x"}'])
      expect(JSON.stringify(answered(result))).to.equal(result);
  });

  it('is refused when a field is named __proto__, which would be lost', () => {
    for (const result of ['{"__proto__":1}', '{"a":1,"__proto__":{}}', '[{"a":{"__proto__":[]}}]'])
      expect(() => answered(result), result).to.throw(BiotError, 'no answer to a command');
  });
});
