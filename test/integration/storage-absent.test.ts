import { expect } from 'chai';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { openHome } from '../../network/home/home.ts';
import { connect, connectPool, homeDatabase } from '../../sql/connect.ts';
import { findMember } from '../../sql/queries/members.ts';
import { transactions } from '../../sql/transaction.ts';

describe('an absent MariaDB', () => {
  const options = homeDatabase(openHome(), 'biot');

  it('is told as such, and not waited for without end', async () => {
    const absent = connectPool({ ...options, socket: `${options.socket}.absent` });
    const started = Date.now();
    let code: string | undefined;
    await transactions(absent)(() => Promise.resolve()).catch((error: unknown) => {
      code = error instanceof BiotError ? error.code : String(error);
    });
    expect(code).to.equal('DATABASE_UNAVAILABLE');
    expect(Date.now() - started).to.be.below(8_000);
    await absent.end();
  }).timeout(15_000);

  it('is told as such by Sequelize too', async () => {
    const absent = connect({ ...options, socket: `${options.socket}.absent` });
    let code: string | undefined;
    await findMember(absent.models, 'x').catch((error: unknown) => {
      code = error instanceof BiotError ? error.code : String(error);
    });
    expect(code).to.equal('DATABASE_UNAVAILABLE');
    await absent.close();
  }).timeout(15_000);
});
