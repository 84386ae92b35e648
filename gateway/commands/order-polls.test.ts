import { expect } from 'chai';

import { FakeOrders } from '../testing/fake-orders.ts';
import { testGateway } from '../testing/gateway.ts';
import { OrderPolls } from './order-polls.ts';

describe('the polls for orders', () => {
  const waiting = { waitMs: 60_000, ended: new AbortController().signal };

  it('end with the gateway, and whoever asks again is told at once that there is nothing', async () => {
    const gateway = await testGateway();
    const { device } = gateway.addDevice('press-07');
    const source = new FakeOrders();
    const polls = new OrderPolls(source, gateway.parts.fleet);
    const before = polls.take(device, waiting);
    polls.close();
    expect(await before).to.deep.equal([]);
    expect(await polls.take(device, waiting)).to.deep.equal([]);
    expect(source.topics.size).to.equal(0);
  });
});
