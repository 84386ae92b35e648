import { expect } from 'chai';

import type { RawMessage } from '../../../chaincode/protocol/message.ts';
import { selected } from './selection.ts';

const EVERYTHING = { types: null, devices: null, sensors: null };

function message(device: string, tenant = 'acme'): RawMessage {
  const values = [
    { sensor: 'humidity', value: 40 },
    { sensor: 'temperature', value: 21.5 },
  ];
  return { tenant, device, epoch: 1, seq: 9, ts: 1_700_000_000_000, values };
}

const BATCH = {
  id: 3n,
  sequence: 41,
  messages: [message('a'), message('b', 'beta'), message('c')],
};

describe('what a stream wants of a batch', () => {
  it('is all of its tenant, with the id by which the gateway gives evidence of each message', () => {
    expect(selected({ tenant: 'acme', filter: EVERYTHING }, BATCH, undefined)).to.deep.equal({
      sequence: 41,
      wanted: [
        [0, 'a', '3145728'],
        [2, 'c', '3145856'],
      ].map(([leaf, device, id]) => ({
        leaf,
        message: {
          ...{ id, batch: 41, tenant: 'acme', device, epoch: 1, seq: 9, ts: 1_700_000_000_000 },
          values: { humidity: 40, temperature: 21.5 },
        },
      })),
    });
    const all = selected({ tenant: null, filter: EVERYTHING }, BATCH, undefined);
    expect(all.wanted).to.have.length(3);
  });

  it('is what the filter lets through: devices, types, and of a message the sensors that are wanted', () => {
    const devices = (filter: object, ofType?: ReadonlySet<string>): unknown =>
      selected({ tenant: null, filter: { ...EVERYTHING, ...filter } }, BATCH, ofType).wanted?.map(
        ({ message: { device, values } }) => [device, Object.keys(values).join()],
      );
    expect(devices({ devices: ['b'] })).to.deep.equal([['b', 'humidity,temperature']]);
    expect(devices({ types: ['x'] }, new Set(['c']))).to.deep.equal([['c', 'humidity,temperature']]);
    expect(devices({ devices: ['a'], sensors: ['temperature'] })).to.deep.equal([['a', 'temperature']]);
    expect(devices({ sensors: ['pressure'] })).to.deep.equal([]);
  });

  it('is nobody’s to know when the batch is gone', () => {
    const gone = { ...BATCH, messages: null };
    expect(selected({ tenant: 'acme', filter: EVERYTHING }, gone, undefined)).to.deep.equal({
      ...{ sequence: 41, wanted: null },
    });
  });
});
