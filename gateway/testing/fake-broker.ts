/** An MQTT 5 broker of a few lines, without TLS: it remembers what it is asked, and answers as a test says. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

import { generate, type IPublishPacket, type Packet, parser } from 'mqtt-packet';

const PROTOCOL = { protocolVersion: 5 } as const;

export class FakeBroker {
  readonly published: IPublishPacket[] = [];
  readonly subscriptions = new Set<string>();
  /** Reason code of the next acknowledgements; undefined for none at all. */
  acknowledge: number | undefined = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor() {
    this.#server = createServer((socket) => {
      this.#serve(socket);
    });
  }

  /** @returns its URL */
  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const { port } = this.#server.address() as AddressInfo;
    return `mqtt://127.0.0.1:${port}`;
  }

  send(topic: string, payload: string): void {
    for (const socket of this.#sockets)
      socket.write(generate({ cmd: 'publish', topic, payload, qos: 0, retain: false, dup: false }, PROTOCOL));
  }

  /** Goes away, as when it is killed. */
  async crash(): Promise<void> {
    if (!this.#server.listening) return;
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(socket: Socket): void {
    const reader = parser(PROTOCOL);
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('data', (chunk) => reader.parse(chunk));
    reader.on('packet', (packet: Packet) => {
      const answer = this.#answer(packet);
      if (answer !== undefined) socket.write(generate(answer, PROTOCOL));
    });
  }

  #answer(packet: Packet): Packet | undefined {
    const { messageId = 0 } = packet;
    switch (packet.cmd) {
      case 'connect':
        return { cmd: 'connack', reasonCode: 0, sessionPresent: false };
      case 'subscribe':
        for (const { topic } of packet.subscriptions) this.subscriptions.add(topic);
        return { cmd: 'suback', messageId, granted: packet.subscriptions.map(() => 0) };
      case 'unsubscribe':
        for (const topic of packet.unsubscriptions) this.subscriptions.delete(topic);
        return { cmd: 'unsuback', messageId, granted: packet.unsubscriptions.map(() => 0) };
      case 'publish':
        this.published.push(packet);
        return this.acknowledge === undefined
          ? undefined
          : { cmd: 'puback', messageId, reasonCode: this.acknowledge };
      default:
        return undefined;
    }
  }
}
