import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

import { expect } from 'chai';
import { generate, type Packet, parser } from 'mqtt-packet';

import { networks } from './addresses.ts';
import { outwardPublish, type Publication } from './publish.ts';
import { NotSent, type Reach } from './reach.ts';

const V5 = { protocolVersion: 5 } as const;

describe('publishing at strangers’ brokers', () => {
  let server: Server;
  let sockets: Socket[];
  let got: Packet[];
  let answer: (packet: Packet, socket: Socket) => void;

  beforeEach((done) => {
    sockets = [];
    got = [];
    answer = taking();
    server = createServer((socket) => {
      sockets.push(socket);
      const packets = parser(V5)
        .on('packet', (packet: Packet) => {
          got.push(packet);
          answer(packet, socket);
        })
        .on('error', () => socket.destroy());
      socket.on('data', (part) => packets.parse(part)).on('error', () => undefined);
    }).listen(0, '127.0.0.1', done);
  });

  afterEach((done) => {
    for (const socket of sockets) socket.destroy();
    server.close(done);
  });

  /** Lets everybody in, and answers a publication so. */
  function taking(reasonCode = 0): typeof answer {
    return (packet, socket) => {
      if (packet.cmd === 'connect')
        socket.write(generate({ cmd: 'connack', reasonCode: 0, sessionPresent: false }, V5));
      if (packet.cmd === 'publish' && packet.messageId !== undefined)
        socket.write(generate({ cmd: 'puback', messageId: packet.messageId, reasonCode }, V5));
    };
  }

  async function outcome(
    publication: Partial<Publication> = {},
    reach: Partial<Reach> = {},
  ): Promise<string> {
    const publish = outwardPublish({
      ...{ allowed: networks(['127.0.0.0/8']), plain: true, withinMs: 30_000 },
      resolve: () => Promise.resolve(['127.0.0.1']),
      ...reach,
    });
    const url = `mqtt://broker.test:${(server.address() as AddressInfo).port}`;
    const news = { topic: 'plant/7', body: '{}', user: null, password: null, authority: null };
    return publish({ url, ...news, ...publication }).then(
      () => 'sent',
      (error: unknown) => (error instanceof NotSent ? error.message : `not ours: ${String(error)}`),
    );
  }

  it('is done when the broker has acknowledged, also where nobody reads it yet', async () => {
    expect(await outcome({ user: 'biot', password: 'secret' })).to.equal('sent');
    const [connect, publish] = got;
    expect(connect).to.deep.include({ username: 'biot', clean: true });
    expect(publish).to.deep.include({ topic: 'plant/7', qos: 1, payload: Buffer.from('{}') });
    answer = taking(0x10);
    expect(await outcome()).to.equal('sent');
  });

  it('fails in words for whoever put the stream', async () => {
    answer = taking(0x87);
    expect(await outcome()).to.equal('the broker refused: Publish error: Not authorized');
    answer = (_packet, socket) =>
      socket.write(generate({ cmd: 'connack', reasonCode: 0x86, sessionPresent: false }, V5));
    expect(await outcome()).to.equal('the broker refused: Connection refused: Bad User Name or Password');
    answer = (_packet, socket) => socket.destroy();
    expect(await outcome()).to.equal('the broker ended the connection');
    answer = () => undefined;
    expect(await outcome({}, { withinMs: 50 })).to.equal('no answer in time');
    expect(await outcome({ url: 'mqtt://broker.test:1' })).to.equal('no connection: ECONNREFUSED');
  });

  it('takes little from a broker that says without end', async () => {
    let written = 0;
    const part = Buffer.alloc(8_192, 0);
    answer = (_packet, socket) => {
      // An endless packet: its length says 256 MB.
      socket.write(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]));
      const flood = (): void => {
        if (!socket.writable) return;
        written += part.length;
        socket.write(part, (error) => {
          if (!error) flood();
        });
      };
      flood();
    };
    expect(await outcome()).to.equal('no connection: the broker says too much');
    expect(written).to.be.below(50_000_000);
  });

  it('goes to no inner address, to none without TLS unless that is allowed, and to nobody who is not the broker', async () => {
    const inner = await outcome({}, { resolve: () => Promise.resolve(['127.0.0.1', '10.0.0.1']) });
    expect(inner).to.equal('broker.test is at an inner address, where messages may not go');
    expect(await outcome({}, { plain: false })).to.equal('the address does not begin with mqtts://');
    const { port } = server.address() as AddressInfo;
    expect(await outcome({ url: `mqtts://broker.test:${port}` }, { withinMs: 200 })).to.match(
      /^no (connection: |answer in time)/,
    );
    expect(got).to.deep.equal([]);
  });
});
