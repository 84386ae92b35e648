import { expect } from 'chai';
import fc from 'fast-check';

import { factsOf } from './facts.ts';

const [ISSUED, APPROVED] = ['aa'.repeat(32), 'bb'.repeat(32)];

describe('what the audit trail keeps of a request', () => {
  it('is the device of the path, and the reason', () => {
    const asked = { params: { id: 'press-07' }, body: { reason: 'smoke', publicKey: 'of nobody’s concern' } };
    expect(factsOf('/api/v1/devices/{id}/suspend', asked, { id: 'press-07', tenant: 'acme' })).to.deep.equal({
      devices: ['press-07'],
      tenant: 'acme',
      subject: null,
      transaction: null,
      told: { reason: 'smoke' },
    });
  });

  it('is the transaction of what was done last', () => {
    const answer = { id: 'a command', issued: { transaction: ISSUED }, decided: { transaction: APPROVED } };
    const { subject, transaction } = factsOf(
      '/api/v1/commands/{id}/approve',
      { params: { id: 'a command' } },
      answer,
    );
    expect([subject, transaction]).to.deep.equal(['a command', APPROVED]);
    expect(factsOf('/api/v1/commands', {}, { ...answer, decided: null }).transaction).to.equal(ISSUED);
  });

  it('is nothing that is not named, whatever was sent and answered', () => {
    const secret = 'c0de-of-a-claim';
    const anything = fc.object({ values: [fc.constant(secret), fc.string(), fc.integer()], maxDepth: 3 });
    const unnamed = anything.map((value) => JSON.parse(JSON.stringify(value, rename)) as object);
    fc.assert(
      fc.property(unnamed, unnamed, (body, answer) => {
        expect(JSON.stringify(factsOf('/api/v1/claims', { body }, answer))).not.to.include(secret);
      }),
    );
  });
});

/** No field bears one of the names that are told. */
function rename(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, nested]) => [`x${name}`, nested as unknown]));
}
