import { expect } from 'chai';
import { createServer } from 'node:net';
import { listenerOn, listeningPorts, parseSocketTable } from './listeners.ts';

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:20F8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 41234 1 0000000000000000
   1: 0100007F:C001 0100007F:20F8 01 00000000:00000000 00:00000000 00000000     0        0 41235 1 0000000000000000`;

describe('listeners', () => {
  it('reads the ports somebody listens on, and no connections', () => {
    expect(parseSocketTable(TABLE)).to.deep.equal([[0x20f8, '41234']]);
  });

  it('names the process behind a port', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    expect(listenerOn(address.port)).to.have.property('pid', process.pid);
    await new Promise((resolve) => server.close(resolve));
    expect(listenerOn(address.port)).to.equal(undefined);
    expect(listeningPorts().has(address.port)).to.equal(false);
  });
});
