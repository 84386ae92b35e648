import { expect } from 'chai';

import { Fleet } from './fleet.ts';
import { FakeRegistry } from './testing/fake-registry.ts';
import { newPublicKey } from './testing/gateway.ts';

describe('the fleet', () => {
  const { publicKey } = newPublicKey();

  it('waits until its copy has a change, and no longer', async () => {
    const registry = new FakeRegistry();
    const fleet = new Fleet(registry);
    const device = registry.add('press-07', { publicKey });
    const changed = { ...device, status: 'suspended' as const, transaction: 'ab'.repeat(32) };
    let done = false;
    const waiting = fleet.caughtUp([changed], 60_000).then(() => (done = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(done).to.equal(false);
    registry.put([changed]);
    await waiting;
    expect(fleet.known('press-07')?.status).to.equal('suspended');
  });

  it('does not wait for a change that a later one has overtaken', async () => {
    const registry = new FakeRegistry();
    const fleet = new Fleet(registry);
    const device = registry.add('press-07', { publicKey, updatedAt: '2026-01-02T00:00:00Z' });
    await fleet.caughtUp(
      [{ ...device, transaction: 'cd'.repeat(32), updatedAt: '2026-01-01T00:00:00Z' }],
      60_000,
    );
  });

  it('says for how long the ledger has been silent', () => {
    const registry = new FakeRegistry();
    registry.fresh = false;
    registry.silentMs = 7_400;
    expect(() => new Fleet(registry).list({ limit: 1, readable: () => true })).to.throw(/for 7 s/);
  });
});
