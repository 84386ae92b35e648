import { expect } from 'chai';

import type { Delivery } from '../delivery.ts';
import { sharedDeliveries } from './shared-delivery.ts';

function delivered(): Delivery & { acknowledged: number } {
  return {
    topic: 'biot/v1/acme/press-07/telemetry',
    payload: Buffer.from('[1,2]'),
    acknowledged: 0,
    owed: () => true,
    acknowledge() {
      this.acknowledged += 1;
    },
  };
}

describe('a delivery of several messages', () => {
  it('is settled when the last of them is, whichever that is', () => {
    const delivery = delivered();
    const [first, second] = sharedDeliveries(delivery, [Buffer.from('1'), Buffer.from('2')]);
    second!.acknowledge();
    expect(delivery.acknowledged).to.equal(0);
    first!.acknowledge();
    expect(delivery.acknowledged).to.equal(1);
  });

  it('is not settled by one of them that is settled twice', () => {
    const delivery = delivered();
    const [first] = sharedDeliveries(delivery, [Buffer.from('1'), Buffer.from('2')]);
    first!.acknowledge();
    first!.acknowledge();
    expect(delivery.acknowledged).to.equal(0);
  });

  it('is itself when it has but one', () => {
    const delivery = delivered();
    expect(sharedDeliveries(delivery, [delivery.payload])).to.deep.equal([delivery]);
  });
});
