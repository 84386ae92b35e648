import { type Duplex, duplexPair } from 'node:stream';

import { expect } from 'chai';
import { generate, type Packet, parser } from 'mqtt-packet';

import type { Receipt } from '../../../chaincode/protocol/receipt.ts';
import { messageSchema } from '../../../chaincode/protocol/message.ts';
import { DeviceLink } from './device-link.ts';

const PROTOCOL = { protocolVersion: 5 } as const;
const TOPIC = 'biot/v1/bench/bench-0001';

/** A broker at the other end of the stream, and what was told about the connection. */
class Scene {
  readonly got: Packet[] = [];
  readonly settled: number[] = [];
  readonly refused: string[] = [];
  readonly failures: string[] = [];
  receipts = 0;
  readonly link: DeviceLink;
  readonly #broker: Duplex;
  #heard = Promise.withResolvers<undefined>();

  constructor() {
    const [device, broker] = duplexPair();
    this.#broker = broker;
    const reader = parser(PROTOCOL);
    reader.on('packet', (packet: Packet) => this.got.push(packet));
    broker.on('data', (chunk: Buffer) => {
      reader.parse(chunk);
      this.#wake();
    });
    this.link = new DeviceLink(
      device,
      { tenant: 'bench', device: 'bench-0001' },
      {
        settled: (due) => this.settled.push(due),
        refused: (code) => this.refused.push(code),
        receipted: () => {
          this.receipts += 1;
          this.#wake();
        },
        failed: ({ message }) => {
          this.failures.push(message);
          this.#wake();
        },
      },
    );
  }

  say(packet: Packet): void {
    this.#broker.write(generate(packet, PROTOCOL));
  }

  receipt(receipt: Partial<Receipt>): void {
    const payload = JSON.stringify({ epoch: 1, committed: [], refused: [], ...receipt });
    this.say({
      cmd: 'publish',
      topic: `${TOPIC}/receipt`,
      payload,
      qos: 1,
      messageId: 9,
      dup: false,
      retain: false,
    });
  }

  /** Resolves when it holds; what changes it wakes this. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      this.#heard = Promise.withResolvers();
      await this.#heard.promise;
    }
  }

  async connect(): Promise<void> {
    this.say({ cmd: 'connack', reasonCode: 0, sessionPresent: false });
    await this.until(() => this.commands().includes('subscribe'));
    this.say({ cmd: 'suback', messageId: 0xffff, granted: [1] });
    await this.link.ready;
  }

  commands(): string[] {
    return this.got.map(({ cmd }) => cmd);
  }

  #wake(): void {
    this.#heard.resolve(undefined);
  }
}

describe('a device of the load', () => {
  let scene: Scene;

  beforeEach(async () => {
    scene = new Scene();
    await scene.connect();
  });

  afterEach(() => {
    scene.link.close();
  });

  it('connects as itself, and subscribes to its receipts', () => {
    expect(scene.got[0]).to.include({ cmd: 'connect', clientId: 'bench-0001', clean: true });
    expect(scene.got[1]).to.have.nested.property('subscriptions[0].topic', `${TOPIC}/receipt`);
  });

  it('numbers its messages, three valid readings each, at QoS 1', async () => {
    scene.link.publish([1, 2]);
    scene.link.publish([3]);
    await scene.until(() => scene.got.length === 5);
    const published = scene.got.filter((packet) => packet.cmd === 'publish');
    const messages = published.map(({ payload }) => messageSchema.parse(JSON.parse(payload.toString())));
    expect(messages.map(({ seq }) => seq)).to.deep.equal([1, 2, 3]);
    for (const { values } of messages) expect(Object.keys(values)).to.have.length(3);
    for (const packet of published) expect(packet).to.include({ topic: `${TOPIC}/telemetry`, qos: 1 });
    expect(new Set(published.map(({ messageId }) => messageId)).size).to.equal(3);
    expect([scene.link.sent, scene.link.unreceipted]).to.deep.equal([3, 3]);
  });

  it('settles what a receipt names, once, and acknowledges the receipt', async () => {
    scene.link.publish([10, 20, 30, 40]);
    scene.receipt({ committed: [[2, 3]] });
    scene.receipt({ committed: [[3, 4]] });
    await scene.until(() => scene.receipts === 2);
    expect(scene.settled).to.deep.equal([20, 30, 40]);
    expect(scene.link.unreceipted).to.equal(1);
    await scene.until(() => scene.commands().filter((command) => command === 'puback').length === 2);
  });

  it('tells of refusals, and waits for them no longer', async () => {
    scene.link.publish([10, 20]);
    scene.receipt({ refused: [{ seq: 1, code: 'DEVICE_UNKNOWN', message: 'no' }] });
    await scene.until(() => scene.receipts === 1);
    expect(scene.refused).to.deep.equal(['DEVICE_UNKNOWN']);
    expect(scene.link.unreceipted).to.equal(1);
    expect(scene.settled).to.deep.equal([]);
  });

  it('fails when the broker refuses a message', async () => {
    scene.link.publish([10]);
    scene.say({ cmd: 'puback', messageId: 2, reasonCode: 0x87 });
    await scene.until(() => scene.failures.length > 0);
    expect(scene.failures).to.deep.equal(['bench-0001: the broker refuses a message: reason 0x87']);
  });

  it('fails once when the broker ends the connection, and not when it is closed', async () => {
    scene.say({ cmd: 'disconnect', reasonCode: 0x8e });
    await scene.until(() => scene.failures.length > 0);
    const other = new Scene();
    await other.connect();
    other.link.close();
    expect(other.failures).to.deep.equal([]);
    expect(scene.failures).to.deep.equal(['bench-0001: the broker ends the connection: reason 0x8e']);
  });
});
