import { expect } from 'chai';

import { databaseOutbox } from '../../network/anchoring/outbox.ts';
import { testDevice, testMessage } from '../../ingest/testing/devices.ts';
import { anchorPage } from '../../sql/queries/anchors.ts';
import { totals } from '../../sql/queries/totals.ts';
import { LOG, NOW, testStorage } from '../harness/storage.ts';

describe('the outbox in MariaDB', () => {
  const storage = testStorage();

  it('leads each header from sealed over submitted to committed, and never back', async () => {
    for (let seq = 1; seq <= 3; seq += 1)
      await storage.writer().write([testMessage(testDevice('press-07'), seq)]);
    const outbox = databaseOutbox(storage.pool, LOG, () => NOW);
    const pending = await outbox.pending({ from: 0, to: 3 }, 10);
    expect(pending.map(({ header, state }) => [header.sequence, state])).to.deep.equal([
      [0, 'sealed'],
      [1, 'sealed'],
      [2, 'sealed'],
    ]);
    const transaction = 'ab'.repeat(32);
    await outbox.submitted(
      pending.slice(0, 2).map(({ header }) => header),
      transaction,
    );
    await outbox.committed({ from: 0, to: 0, transaction, block: 7 });
    await outbox.submitted([pending[0]!.header], 'cd'.repeat(32));
    await outbox.committed({ from: 0, to: 0, transaction: 'ef'.repeat(32), block: 9 });
    const anchors = (await anchorPage(storage.pool, { limit: 10 })).map(
      ({ state, block, transaction: id }) => [state, block, id],
    );
    expect(anchors).to.deep.equal([
      ['sealed', null, null],
      ['submitted', null, transaction],
      ['committed', 7, transaction],
    ]);
    expect((await totals(storage.pool, { tenants: '*', now: NOW })).lastBlock).to.equal(7);
  });
});
