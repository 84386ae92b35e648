import { expect } from 'chai';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { DueTwin, Report } from '../../sql/writers/twins.ts';
import type { Settled } from '../delivery.ts';
import { testDevice } from '../testing/devices.ts';
import { FakeDelivery } from '../testing/fake-broker.ts';
import { ManualTime } from '../testing/manual-time.ts';
import { TwinDesk } from './twin-desk.ts';

const dueTwin = (device: string): DueTwin => ({
  ...{ device, tenant: 'acme' },
  twin: {
    desired: { version: 1, properties: { interval: 5 }, at: 0, by: 'admin@manufacturer' },
    reported: { version: 0, properties: {}, at: null, desiredVersion: null },
    delta: { interval: 5 },
  },
});

describe('the desk of twins', () => {
  let time: ManualTime;
  let desk: TwinDesk;
  let down: boolean;
  let poison: string | undefined;
  let written: Report[][];
  let refused: [string | null, string][];
  let sentences: string[];
  let due: DueTwin[];
  let sent: string[];
  /** What the broker has been handed and not acknowledged yet. */
  let handed: Map<string, Settled>;

  beforeEach(() => {
    time = new ManualTime();
    [down, poison, written, refused, sentences] = [false, undefined, [], [], []];
    [due, sent] = [[], []];
    handed = new Map();
    desk = new TwinDesk({
      store: {
        putReported: async (reports) => {
          await Promise.resolve();
          if (down) throw new BiotError('DATABASE_UNAVAILABLE', 'down');
          if (reports.some(({ device }) => device === poison))
            throw new BiotError('INTERNAL', 'refused a query');
          written.push([...reports]);
        },
        toSend: () => Promise.resolve(due),
        sent: ({ device }) => {
          sent.push(device);
          return Promise.resolve();
        },
        sendAll: () => Promise.resolve(),
      },
      broker: {
        sessions: 1,
        connected: () => true,
        publish: (topic, _payload, { settled }) => {
          if (settled !== undefined) handed.set(topic, settled);
        },
      },
      admission: { activeDevice: ({ device }) => testDevice(device) },
      openRelayed: ({ id }, delivery) =>
        delivery.token === `token of ${id}`
          ? Promise.resolve(delivery)
          : Promise.reject(new BiotError('TOKEN_INVALID', 'not its own')),
      refusals: {
        add: ({ device, code, message }) => {
          refused.push([device, code]);
          sentences.push(message);
        },
      },
      log: { error: () => undefined },
      time,
    });
  });

  function report(device: string, properties: unknown = {}, { owed = true, text = '' } = {}): FakeDelivery {
    const payload = text === '' ? { properties } : Buffer.from(text);
    const delivery = new FakeDelivery(`biot/v1/acme/${device}/reported`, payload);
    delivery.alive = owed;
    desk.receive(delivery);
    return delivery;
  }

  const write = (): Promise<string> =>
    desk.write().then(
      () => 'written',
      (error: unknown) => (error instanceof BiotError ? error.code : 'another error'),
    );

  it('writes the newest of each device, and acknowledges all that it took the place of', async () => {
    const deliveries = [report('press-07', { a: 1 }), report('press-07', { a: 2 }), report('press-08')];
    down = true;
    expect(await write()).to.equal('DATABASE_UNAVAILABLE');
    expect(deliveries.map(({ acknowledged }) => acknowledged)).to.deep.equal([0, 0, 0]);
    down = false;
    await write();
    expect(written[0]?.map(({ device, properties }) => [device, properties])).to.deep.equal([
      ['press-07', { a: 2 }],
      ['press-08', {}],
    ]);
    expect(deliveries.map(({ acknowledged }) => acknowledged)).to.deep.equal([1, 1, 1]);
    await write();
    expect(written).to.have.length(1);
  });

  it('keeps what comes while it writes for the next time', async () => {
    const first = report('press-07', { a: 1 });
    const writing = write();
    const second = report('press-07', { a: 2 });
    await writing;
    expect([first.acknowledged, second.acknowledged]).to.deep.equal([1, 0]);
    await write();
    expect(second.acknowledged).to.equal(1);
    expect(written.flat().map(({ properties }) => properties)).to.deep.equal([{ a: 1 }, { a: 2 }]);
  });

  it('refuses the one that the database does not take, and writes all others', async () => {
    poison = 'press-08';
    const deliveries = ['press-07', 'press-08', 'press-09'].map((device) => report(device));
    expect(await write()).to.equal('written');
    expect(deliveries.map(({ acknowledged }) => acknowledged)).to.deep.equal([1, 1, 1]);
    expect(written.flat().map(({ device }) => device)).to.deep.equal(['press-07', 'press-09']);
    expect(refused).to.deep.equal([['press-08', 'INTERNAL']]);
    poison = undefined;
    await write();
    expect(written.flat(), 'it is gone').to.have.length(2);
  });

  it('takes what the gateway relays when it is the device’s own, and nothing else', async () => {
    const relayed = async (device: string, token: string): Promise<number> => {
      const delivery = new FakeDelivery(`biot/relay/acme/${device}/reported`, { properties: {} }, token);
      desk.receive(delivery);
      // Checking it takes turns of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
      await write();
      return delivery.acknowledged;
    };
    expect(await relayed('press-07', 'token of press-07')).to.equal(1);
    expect(await relayed('press-08', 'token of press-07')).to.equal(1);
    expect(written.flat().map(({ device }) => device)).to.deep.equal(['press-07']);
    expect(refused).to.deep.equal([['press-08', 'TOKEN_INVALID']]);
  });

  it('refuses at once what has half a character', () => {
    const texts = [String.raw`{"properties":{"a":"\ud800"}}`, String.raw`{"properties":{"\ud800":1}}`];
    for (const text of texts) expect(report('press-07', {}, { text }).acknowledged).to.equal(1);
    expect(refused).to.deep.equal(texts.map(() => ['press-07', 'MESSAGE_MALFORMED']));
  });

  it('refuses a field named __proto__ and says so, and loses no other', async () => {
    for (const text of ['{"properties":{"__proto__":{"a":1}}}', '{"properties":{"a":[{"__proto__":1}]}}'])
      expect(report('press-07', {}, { text }).acknowledged).to.equal(1);
    expect(sentences).to.deep.equal(
      Array(2).fill('not a report of a twin: properties: a field is named __proto__'),
    );
    const text = '{"properties":{"constructor":{"prototype":1},"prototype":null,"toString":[]}}';
    report('press-07', {}, { text });
    await write();
    expect(JSON.stringify({ properties: written.flat()[0]?.properties })).to.equal(text);
  });

  it('while the database is away keeps so many devices, and all that the broker waits for', async () => {
    down = true;
    for (let index = 0; index < 8_200; index += 1) report(`press-${index}`, {}, { owed: false });
    const owed = report('press-owed');
    report('press-0', { newer: true }, { owed: false });
    expect(await write()).to.equal('DATABASE_UNAVAILABLE');
    down = false;
    while (owed.acknowledged === 0) await write();
    expect(written.flat()).to.have.length(8_193);
    expect(written[0]?.[0]?.properties).to.deep.equal({ newer: true });
  });

  it('while the database is away keeps so many bytes', async () => {
    const large = { a: 'x'.repeat(8_000) };
    for (let index = 0; index < 2_000; index += 1) report(`press-${index}`, large, { owed: false });
    for (let round = 0; round < 10; round += 1) await write();
    const { length } = written.flat();
    expect(length).to.be.within(1_000, 1_100);
    report('press-later', large, { owed: false });
    await write();
    expect(written.flat(), 'there is room again').to.have.length(length + 1);
  });

  it('does not keep what a lost connection had delivered, nor acknowledges it', async () => {
    const lost = report('press-07', { a: 1 });
    lost.alive = false;
    const again = report('press-07', { a: 1 });
    await write();
    expect([lost.acknowledged, again.acknowledged]).to.deep.equal([0, 1]);
  });

  it('hands out all at once, and waits for the broker no longer than it is patient, while it writes', async () => {
    due = [dueTwin('press-07'), dueTwin('press-08')];
    let over = false;
    const sending = desk.send(new AbortController().signal).then(() => {
      over = true;
    });
    await time.advance(0);
    expect([...handed.keys()]).to.deep.equal([
      'biot/v1/acme/press-07/desired',
      'biot/v1/acme/press-08/desired',
    ]);
    handed.get('biot/v1/acme/press-08/desired')?.(0x10);
    const delivery = report('press-07');
    await write();
    expect([over, delivery.acknowledged]).to.deep.equal([false, 1]);
    await time.advance(10_000);
    await sending;
    expect(sent).to.deep.equal(['press-08']);
  });

  it('stops at once when it is told to, whatever the broker does', async () => {
    due = [dueTwin('press-07')];
    const stop = new AbortController();
    const sending = desk.send(stop.signal);
    await time.advance(0);
    expect(handed.size).to.equal(1);
    stop.abort();
    await sending;
    expect(sent).to.deep.equal([]);
  });
});
