import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Home } from './home.ts';
import {
  knownOrganisations,
  makeRoomFor,
  noteAdmission,
  noteSecondPeer,
  organisationsOf,
  organisationsWithSecondPeer,
} from './membership.ts';
import { PORT_SPAN, portsFrom, portsOf } from './ports.ts';

const FOUNDERS = ['manufacturer', 'operator', 'auditor'];

describe('membership', () => {
  let home: Home;

  beforeEach(() => {
    const root = mkdtempSync(join(tmpdir(), 'biot-membership-'));
    home = { root, ports: portsFrom(9000), path: (...segments) => join(root, ...segments) };
  });

  afterEach(() => {
    rmSync(home.root, { recursive: true });
  });

  const members = (): string[] => organisationsOf(home).map(({ name }) => name);

  it('is the founders’ to begin with', () => {
    expect(members()).to.deep.equal(FOUNDERS);
  });

  it('comes with admission, and goes with it', () => {
    expect(makeRoomFor(home, 'supplier')).to.include({ name: 'supplier', mspId: 'SupplierMSP', index: 3 });
    expect(members()).to.deep.equal(FOUNDERS);
    noteAdmission(home, 'supplier', true);
    expect(members()).to.deep.equal([...FOUNDERS, 'supplier']);
    noteAdmission(home, 'supplier', false);
    expect(members()).to.deep.equal(FOUNDERS);
    expect(knownOrganisations(home).map(({ name }) => name)).to.deep.equal([...FOUNDERS, 'supplier']);
  });

  it('gives each organisation ports of its own, as long as there are any', () => {
    const names = ['a1', 'b2', 'c3', 'd4', 'e5', 'f6'];
    const ports = names.map((name) => portsOf(home.ports, makeRoomFor(home, name)).peer);
    expect(makeRoomFor(home, 'a1').index).to.equal(3);
    expect(new Set(ports).size).to.equal(names.length);
    expect(Math.max(...ports)).to.be.lessThan(9000 + PORT_SPAN - 9);
    expect(() => makeRoomFor(home, 'g7')).to.throw('no ports left');
  });

  for (const name of ['Supplier', 'a-b', 'a b', '../x', '1a', 'a', '', 'auditor', 'x;reboot']) {
    it(`is not for ${JSON.stringify(name)}`, () => {
      expect(() => makeRoomFor(home, name))
        .to.throw()
        .with.property('code', 'INVALID_ARGUMENT');
    });
  }

  it('knows who has a second peer, among the members', () => {
    makeRoomFor(home, 'supplier');
    noteSecondPeer(home, 'supplier');
    noteSecondPeer(home, 'auditor');
    noteSecondPeer(home, 'auditor');
    expect(organisationsWithSecondPeer(home).map(({ name }) => name)).to.deep.equal(['auditor']);
  });

  it('does not guess when its file is damaged', () => {
    writeFileSync(home.path('membership.json'), '{');
    expect(members).to.throw('is damaged').with.property('code', 'SETUP_FAILED');
  });
});
