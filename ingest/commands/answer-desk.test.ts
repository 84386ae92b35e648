import { expect } from 'chai';
import { Counter, Registry } from 'prom-client';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { testDevice } from '../testing/devices.ts';
import { FakeDelivery } from '../testing/fake-broker.ts';
import { ManualTime } from '../testing/manual-time.ts';
import { AnswerDesk } from './answer-desk.ts';

describe('the desk of answers', () => {
  let time: ManualTime;
  let stop: AbortController;
  let running: Promise<void>;
  let fails: (devices: readonly string[]) => BiotError | undefined;
  let written: string[];
  let refused: [string | null, string][];
  let desk: AnswerDesk<object>;

  beforeEach(() => {
    time = new ManualTime();
    stop = new AbortController();
    [written, refused] = [[], []];
    desk = new AnswerDesk<object>({
      admission: { activeDevice: ({ device }) => testDevice(device) },
      ownerOf: (device) => ({ tenant: 'acme', device }),
      read: () => ({}),
      take: async (said) => {
        await Promise.resolve();
        const devices = said.map(({ device }) => device);
        const error = fails(devices);
        if (error !== undefined) throw error;
        written.push(...devices);
        return [];
      },
      refusals: { add: ({ device, code }) => refused.push([device, code]) },
      metrics: {
        refused: new Counter({
          name: 'refused',
          help: 'r',
          labelNames: ['code'],
          registers: [new Registry()],
        }),
      },
      log: { warn: () => undefined, error: () => undefined },
      time,
    });
    running = desk.run(stop.signal);
  });
  afterEach(async () => {
    stop.abort();
    await running;
  });

  function answers(...devices: string[]): FakeDelivery[] {
    return devices.map((device) => {
      const delivery = new FakeDelivery(device, {});
      desk.receive(delivery);
      return delivery;
    });
  }

  it('gives up only the one that the database does not take by itself, and says so', async () => {
    fails = (devices) => (devices.includes('bad') ? new BiotError('INTERNAL', 'refused a query') : undefined);
    const deliveries = answers('press-07', 'bad', 'press-08', 'press-09');
    await time.advance(60_000);
    expect(written).to.deep.equal(['press-07', 'press-08', 'press-09']);
    expect(deliveries.map(({ acknowledged }) => acknowledged)).to.deep.equal([1, 1, 1, 1]);
    expect(refused).to.deep.equal([['bad', 'INTERNAL']]);
    answers('press-10');
    await time.advance(0);
    expect(written).to.include('press-10');
  });

  it('gives up none when the database goes away meanwhile', async () => {
    let alone = 0;
    fails = (devices) => {
      if (devices.length > 1 && alone === 0) return new BiotError('INTERNAL', 'refused a query');
      alone += 1;
      return alone === 2 || alone === 3 ? new BiotError('DATABASE_UNAVAILABLE', 'down') : undefined;
    };
    const deliveries = answers('press-07', 'press-08', 'press-09');
    await time.advance(60_000);
    expect(written).to.deep.equal(['press-07', 'press-08', 'press-09']);
    expect(deliveries.map(({ acknowledged }) => acknowledged)).to.deep.equal([1, 1, 1]);
    expect(refused).to.deep.equal([]);
  });
});
