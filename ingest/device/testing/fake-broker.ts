import type { Duplex } from 'node:stream';
import { generate, type IConnackPacket, type IPublishPacket, type Packet, parser } from 'mqtt-packet';

const PROTOCOL = { protocolVersion: 5 } as const;

/** The broker's end of a connection in memory, for tests: it says what it is told to say. */
export class FakeBroker {
  readonly packets: Packet[] = [];
  /** What the device says about its being there, apart from all else. */
  readonly announcements: unknown[] = [];
  readonly writes: Buffer[] = [];
  readonly stream: Duplex;
  #watchers: (() => void)[] = [];

  constructor(stream: Duplex) {
    this.stream = stream;
    const reader = parser(PROTOCOL);
    reader.on('packet', (packet) => {
      if (packet.cmd === 'publish' && packet.topic.endsWith('/presence'))
        this.announcements.push(JSON.parse(packet.payload.toString()));
      else this.packets.push({ ...packet });
    });
    stream.on('data', (chunk: Buffer) => {
      this.writes.push(chunk);
      reader.parse(chunk);
      for (const watcher of this.#watchers) watcher();
    });
    stream.on('error', () => undefined);
  }

  send(packet: Packet): void {
    this.stream.write(generate(packet, PROTOCOL));
  }

  of<Command extends Packet['cmd']>(command: Command): Extract<Packet, { cmd: Command }>[] {
    return this.packets.filter(
      (packet): packet is Extract<Packet, { cmd: Command }> => packet.cmd === command,
    );
  }

  async seen(command: Packet['cmd'], count = 1): Promise<void> {
    while (this.of(command).length < count) {
      await new Promise<void>((resolve) => this.#watchers.push(resolve));
    }
  }

  async announced(count: number): Promise<void> {
    while (this.announcements.length < count) {
      await new Promise<void>((resolve) => this.#watchers.push(resolve));
    }
  }

  async accept(connack: Partial<IConnackPacket> = {}, granted = [1, 1]): Promise<void> {
    await this.seen('connect');
    this.send({ cmd: 'connack', reasonCode: 0, sessionPresent: false, ...connack });
    await this.seen('subscribe');
    const messageId = this.of('subscribe')[0]?.messageId ?? 0;
    this.send({ cmd: 'suback', messageId, granted });
  }

  publish(messageId: number, more: Partial<IPublishPacket> = {}): void {
    const qos = messageId === 0 ? 0 : 1;
    this.send({
      cmd: 'publish',
      topic: 'a/b',
      payload: 'x',
      qos,
      dup: false,
      retain: false,
      messageId,
      ...more,
    });
  }
}
