import { expect } from 'chai';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { organisationCrypto } from '../fabric/crypto-paths.ts';
import type { Home } from '../home/home.ts';
import { makeRoomFor, noteAdmission, noteSecondPeer } from '../home/membership.ts';
import { portsFrom } from '../home/ports.ts';
import { peersOf } from './peers.ts';

describe('the peers that are audited', () => {
  let home: Home;

  beforeEach(() => {
    const root = mkdtempSync(join(tmpdir(), 'biot-peers-'));
    home = { root, ports: portsFrom(9_000), path: (...segments) => join(root, ...segments) };
    for (const name of ['manufacturer', 'operator', 'auditor', 'inspector']) {
      const { certificateFile } = organisationCrypto(home, name).tlsAuthority;
      mkdirSync(dirname(certificateFile), { recursive: true });
      writeFileSync(certificateFile, name);
    }
  });
  afterEach(() => {
    rmSync(home.root, { recursive: true });
  });

  const known = (addresses = {}): string[][] =>
    peersOf(home, addresses).map(({ name, organisation, address }) => [name, organisation.mspId, address]);

  it('are those of the members, also of one that was admitted later, and second ones', () => {
    expect(known().map(([name]) => name)).to.deep.equal(['manufacturer', 'operator', 'auditor']);
    makeRoomFor(home, 'inspector');
    expect(known()).to.have.length(3);
    noteAdmission(home, 'inspector', true);
    noteSecondPeer(home, 'operator');
    expect(known().slice(3)).to.deep.equal([
      ['inspector', 'InspectorMSP', '127.0.0.1:9040'],
      ['operator-2', 'OperatorMSP', '127.0.0.1:9027'],
    ]);
  });

  it('may be elsewhere, when they are', () => {
    expect(known({ operator: '10.0.0.7:7051' })[1]).to.deep.equal([
      'operator',
      'OperatorMSP',
      '10.0.0.7:7051',
    ]);
    expect(() => known({ stranger: '10.0.0.7:7051' })).to.throw('there is no peer stranger');
  });
});
