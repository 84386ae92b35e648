import { expect } from 'chai';
import fc from 'fast-check';
import { z } from 'zod';

import { BiotError, ERROR_CODES } from '../../chaincode/protocol/errors.ts';
import { cursorField, encodeCursor, integerField } from './fields.ts';
import { problemOf, problemSchema } from './problem.ts';
import { networkOf, RateLimit } from './rate-limit.ts';
import { invalidRequest } from './validation.ts';

describe('problem documents', () => {
  it('exist for every code, with a status that is a refusal or a failure', () => {
    for (const code of ERROR_CODES) {
      const problem = problemSchema.parse(problemOf(new BiotError(code, 'why'), 'id'));
      expect(problem).to.include({ code, type: `/docs#code-${code}`, instance: 'urn:uuid:id' });
    }
  });

  it('do not quote what went wrong inside', () => {
    expect(problemOf(new BiotError('INTERNAL', '/etc/secret'), 'id').detail).to.not.include('secret');
    expect(problemOf(new BiotError('DATABASE_UNAVAILABLE', '/run/db.sock'), 'id').detail).to.not.include(
      'sock',
    );
    expect(problemOf(new BiotError('FORBIDDEN', 'only admins'), 'id').detail).to.equal('only admins');
  });
});

describe('validation errors', () => {
  it('point at fields by JSON Pointer, whatever the fields are called', () => {
    const schema = z.strictObject({ body: z.strictObject({}) });
    const names = ['a/b', 'm~n', 'ü', '', 'x'.repeat(300), '\ud800'];
    const body = Object.fromEntries(names.map((name) => [name, 1]));
    const error = schema.safeParse({ body }).error!;
    const pointers = invalidRequest(error).details.errors?.map(({ pointer }) => pointer);
    expect(pointers).to.include.members(['#/a~1b', '#/m~0n', '#/%C3%BC', '#/', '#/%EF%BF%BD']);
    for (const pointer of pointers ?? []) expect(pointer.length).to.be.lessThan(150);
  });

  it('are no more than twenty', () => {
    const schema = z.strictObject({ body: z.array(z.string()) });
    const error = schema.safeParse({ body: Array.from({ length: 500 }, () => 1) }).error!;
    expect(invalidRequest(error).details.errors).to.have.length(20);
  });
});

describe('fields', () => {
  it('read back every integer within their bounds, and nothing else', () => {
    const field = integerField({ minimum: 5, maximum: 5_000, description: '' });
    fc.assert(
      fc.property(fc.integer({ min: -10_000, max: 10_000 }), (value) => {
        expect(field.safeParse(String(value)).success).to.equal(value >= 5 && value <= 5_000);
      }),
    );
  });

  it('read back cursors, and refuse every other text', () => {
    const field = cursorField(z.strictObject({ after: z.string().max(64) }));
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (after) => {
        expect(field.parse(encodeCursor({ after }))).to.deep.equal({ after });
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(field.safeParse(text).success).to.equal(false);
      }),
    );
  });
});

describe('rate limits', () => {
  it('count an IPv6 network as one, and IPv4 addresses as themselves', () => {
    expect(networkOf('::ffff:10.0.0.7')).to.equal('10.0.0.7');
    expect(networkOf('10.0.0.7')).to.equal('10.0.0.7');
    expect(networkOf('2001:db8:1:2:3:4:5:6')).to.equal('2001:db8:1:2');
    expect(networkOf('2001:db8:1:2::9')).to.equal('2001:db8:1:2');
    expect(networkOf('2001:db8::9')).to.equal('2001:db8:0:0');
    expect(networkOf('fe80::1%eth0')).to.equal('fe80:0:0:0');
    expect(networkOf('::1')).to.equal('0:0:0:0');
  });

  it('say when to come again', async () => {
    const limit = new RateLimit({ points: 1, seconds: 30 });
    await limit.consume('a');
    const refusal = await limit.consume('a').catch((error: unknown) => error);
    expect(refusal).to.have.nested.property('details.headers.Retry-After', '30');
    await limit.giveBack('a');
    await limit.forget('a');
    await limit.consume('a');
  });
});
