import { expect } from 'chai';

import type { Queryable } from '../query.ts';
import { twinOf } from './twins.ts';

const AT = new Date('2026-03-01T12:00:00Z');
const ROW = {
  ...{ device: 'press-07', tenant: 'acme', desired: '{"interval":5}', desiredVersion: 3, desiredAt: AT },
  ...{ desiredBy: 'admin@manufacturer', reported: '{"interval":4}', reportedVersion: 7, reportedAt: AT },
  seenVersion: 2,
};

/** A table with these rows, which is asked for a device's, or for that of a device and a tenant. */
const table = (...rows: (typeof ROW)[]): Queryable => ({
  query: (_sql, [device, tenant] = []) =>
    Promise.resolve(
      rows.filter((row) => row.device === device && (tenant === undefined || row.tenant === tenant)),
    ),
});

describe('a twin in the database', () => {
  it('is its tenant’s', async () => {
    const twin = await twinOf(table(ROW), { device: 'press-07', tenant: 'acme' });
    expect(twin.desired).to.deep.equal({
      ...{ version: 3, properties: { interval: 5 } },
      ...{ at: AT.getTime(), by: 'admin@manufacturer' },
    });
    expect(twin.delta).to.deep.equal({ interval: 5 });
  });

  it('shows another tenant nothing but the versions, which go on with the device', async () => {
    expect(await twinOf(table(ROW), { device: 'press-07', tenant: 'other' })).to.deep.equal({
      desired: { version: 3, properties: {}, at: null, by: null },
      reported: { version: 7, properties: {}, at: null, desiredVersion: 2 },
      delta: {},
    });
  });

  it('has version 0 where there was none', async () => {
    const { desired, reported } = await twinOf(table(), { device: 'press-07', tenant: 'acme' });
    expect([desired.version, reported.version]).to.deep.equal([0, 0]);
  });
});
