import { expect } from 'chai';

import { useFieldErrors } from './use-field-errors.ts';

describe('what is wrong with the fields of a form', () => {
  it('is said from the attempt that found it until one that finds nothing', () => {
    const { errors, check } = useFieldErrors<{ name?: string }>({});
    const wrong = { errors: { name: 'It is empty.' } };
    const right = { name: 'press' };
    expect(errors.value).to.deep.equal({});
    expect(check<{ name: string }>(wrong)).to.equal(undefined);
    expect(errors.value).to.deep.equal({ name: 'It is empty.' });
    expect(check<{ name: string }>(right)).to.deep.equal(right);
    expect(errors.value).to.deep.equal({});
  });
});
