import { expect } from 'chai';
import fc from 'fast-check';

import { testStorage } from '../harness/storage.ts';

describe('values in MariaDB', () => {
  const storage = testStorage();

  before(() => storage.pool.query('CREATE TABLE probe (i INT PRIMARY KEY, v DOUBLE, t DATETIME(3))'));
  beforeEach(() => storage.pool.query('TRUNCATE probe'));

  it('gives every finite double back exactly', async () => {
    const special = [
      0,
      5e-324,
      -5e-324,
      2.225073858507201e-308,
      2.2250738585072014e-308,
      Number.MAX_VALUE,
      -Number.MAX_VALUE,
      Number.EPSILON,
      0.1 + 0.2,
      1 / 3,
      123456789.12345678,
      1e21,
      1e-7,
      9007199254740994,
      74.93588199999998,
    ];
    const double = fc.double({ noNaN: true, noDefaultInfinity: true });
    await fc.assert(
      fc.asyncProperty(fc.array(double, { minLength: 200, maxLength: 300 }), async (random) => {
        const values = [...special, ...random].map((value) => (Object.is(value, -0) ? 0 : value));
        const rows = values.map(() => '(?, ?)').join(', ');
        await storage.pool.query(
          `REPLACE INTO probe (i, v) VALUES ${rows}`,
          values.flatMap((value, i) => [i, value]),
        );
        const back: { v: number }[] = await storage.pool.query('SELECT v FROM probe WHERE i < ? ORDER BY i', [
          values.length,
        ]);
        expect(back.map(({ v }) => v)).to.deep.equal(values);
      }),
      { numRuns: 20 },
    );
  });

  it('gives every instant from 2000 to 2099 back to the millisecond', async () => {
    const instant = fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2100, 0, 1) - 1 });
    await fc.assert(
      fc.asyncProperty(fc.array(instant, { minLength: 200, maxLength: 300 }), async (instants) => {
        const rows = instants.map(() => '(?, ?)').join(', ');
        const values = instants.flatMap((each, i) => [i, new Date(each).toISOString().slice(0, -1)]);
        await storage.pool.query(`REPLACE INTO probe (i, t) VALUES ${rows}`, values);
        const back: { t: Date }[] = await storage.pool.query('SELECT t FROM probe WHERE i < ? ORDER BY i', [
          instants.length,
        ]);
        expect(back.map(({ t }) => t.getTime())).to.deep.equal(instants);
      }),
      { numRuns: 20 },
    );
  });
});
