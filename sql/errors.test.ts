import { expect } from 'chai';
import { SqlError } from 'mariadb';
import { ConnectionRefusedError, DatabaseError } from 'sequelize';
import { z } from 'zod';

import { BiotError } from '../chaincode/protocol/errors.ts';
import { databaseError } from './errors.ts';

function sqlError(errno: number, fatal = false): SqlError {
  return new SqlError('refused', 'SELECT 1', fatal, undefined, 'HY000', errno);
}

function codeOf(error: unknown): string {
  const told = databaseError(error);
  return told instanceof BiotError ? told.code : told.name;
}

describe('databaseError', () => {
  it('tells a server that cannot be reached, whoever noticed it', () => {
    const reset = Object.assign(new Error('read ECONNRESET'), {
      fatal: true,
      sqlState: 'HY000',
      errno: -104,
    });
    expect(codeOf(reset)).to.equal('DATABASE_UNAVAILABLE');
    expect(codeOf(sqlError(1927, true))).to.equal('DATABASE_UNAVAILABLE');
    expect(codeOf(new ConnectionRefusedError(reset))).to.equal('DATABASE_UNAVAILABLE');
    expect(codeOf(new DatabaseError(Object.assign(reset, { sql: 'SELECT 1' })))).to.equal(
      'DATABASE_UNAVAILABLE',
    );
  });

  it('tells a server that asks for patience', () => {
    expect([1040, 1053, 1290].map((errno) => codeOf(sqlError(errno)))).to.deep.equal(
      Array(3).fill('DATABASE_UNAVAILABLE'),
    );
  });

  it('tells a query that the server refused, and rows that cannot be', () => {
    expect(codeOf(sqlError(1064))).to.equal('INTERNAL');
    expect(codeOf(z.number().safeParse('x').error)).to.equal('INTERNAL');
  });

  it('keeps what was behind it, and leaves other errors alone', () => {
    const cause = sqlError(1064);
    expect(databaseError(cause).cause).to.equal(cause);
    const other = new RangeError('no leaf');
    expect(databaseError(other)).to.equal(other);
    const coded = new BiotError('NOT_FOUND', 'no');
    expect(databaseError(coded)).to.equal(coded);
  });
});
