import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Device } from '../../chaincode/protocol/device.ts';
import { waitUntil } from '../processes/wait-until.ts';
import { FakeClock, settled } from './fake-clock.fixture.ts';
import { aDevice, aRule, aType, FakeLedger } from './fake-ledger.fixture.ts';
import { type MirrorOptions, type RegistryMirror, startMirror } from './registry-mirror.ts';

const BOUND = 5_000;

/** Keeps what would be logged. */
class Notes {
  readonly said: string[] = [];
  readonly #note = (_: unknown, message: string): void => {
    this.said.push(message);
  };
  readonly info = this.#note;
  readonly warn = this.#note;
  readonly error = this.#note;
  readonly debug = (): void => undefined;
}

describe('mirror of the registry', () => {
  let ledger: FakeLedger;
  let clock: FakeClock;
  let notes: Notes;
  let folder: string;
  const started: RegistryMirror[] = [];

  beforeEach(() => {
    ledger = new FakeLedger();
    clock = new FakeClock();
    notes = new Notes();
    folder = mkdtempSync(join(tmpdir(), 'biot-mirror-'));
    ledger.commit(
      ['a', 'b', 'c', 'd', 'e'].map((id) => aDevice(id)),
      { put: [aRule('a'), aRule('b')], remove: [] },
      aType('press'),
    );
  });

  afterEach(async () => {
    for (const mirror of started.splice(0)) await mirror.close();
    rmSync(folder, { recursive: true });
  });

  function start(options: Partial<MirrorOptions> = {}): RegistryMirror {
    const log = notes as unknown as MirrorOptions['log'];
    const mirror = startMirror({
      client: ledger,
      channel: 'registry',
      silenceBoundMs: BOUND,
      clock,
      log,
      ...options,
    });
    started.push(mirror);
    return mirror;
  }

  const shown = (mirror: RegistryMirror): Map<string, Device> =>
    new Map(Array.from(mirror.devices(), (device) => [device.id, device]));

  async function running(options: Partial<MirrorOptions> = {}): Promise<RegistryMirror> {
    const mirror = start(options);
    await mirror.ready();
    await clock.pass(1_100);
    return mirror;
  }

  it('shows all devices, and is fresh, soon after its start', async () => {
    const mirror = await running();
    expect(shown(mirror)).to.deep.equal(ledger.devicesAt());
    expect(mirror.size).to.equal(5);
    expect(mirror.policy().rules).to.deep.equal(ledger.rulesAt());
    expect(mirror.type('press')).to.deep.equal(ledger.typesAt()[0]);
    expect(mirror.freshness()).to.include({ fresh: true, height: 2 });
  });

  it('shows nothing, and is not fresh, before it has the whole registry', async () => {
    ledger.online = false;
    const mirror = start();
    await clock.pass(60_000);
    expect(mirror.size).to.equal(0);
    expect(mirror.policy().rules).to.deep.equal([]);
    expect(mirror.type('press')).to.equal(undefined);
    expect(mirror.freshness()).to.deep.equal({ fresh: false, silentMs: 60_000, height: null });
    ledger.online = true;
    await clock.pass(6_000);
    expect(mirror.freshness().fresh).to.be.true;
  });

  it('follows changes at once and tells of them', async () => {
    const mirror = await running();
    const told: string[] = [];
    const end = mirror.onChange((devices) =>
      told.push(...devices.map(({ id, status }) => `${id} ${status}`)),
    );
    ledger.commit([aDevice('b', { status: 'revoked' })], [aDevice('f')]);
    await settled();
    expect(mirror.device('b')?.status).to.equal('revoked');
    end();
    ledger.commit([aDevice('g')]);
    await settled();
    expect(told).to.deep.equal(['b revoked', 'f active']);
  });

  it('has a type as soon as it is put, and the same object until it changes', async () => {
    const mirror = await running();
    const press = mirror.type('press');
    ledger.commit(aType('oven'));
    await settled();
    expect(mirror.type('oven')?.version).to.equal(1);
    expect(mirror.type('press')).to.equal(press);
    ledger.commit(aType('press', { version: 2 }));
    await settled();
    expect(mirror.type('press')?.version).to.equal(2);
  });

  it('has the rules as each block leaves them, and the same object until one changes them', async () => {
    const mirror = await running();
    const before = mirror.policy();
    ledger.commit([aDevice('b', { status: 'suspended' })]);
    await settled();
    expect(mirror.policy()).to.equal(before);
    ledger.commit({ put: [aRule('c')], remove: ['a'] }, { put: [aRule('d')], remove: [] });
    await settled();
    expect(mirror.policy().rules.map(({ id }) => id)).to.deep.equal(['b', 'c', 'd']);
  });

  it('never shows a state between two of the ledger’s while it fills', async () => {
    let pages = 0;
    ledger.whileListing = () => {
      pages += 1;
      if (pages === 1) ledger.commit([aDevice('e', { status: 'suspended' })]);
      if (pages === 2) ledger.commit([aDevice('e', { status: 'revoked' })]);
    };
    const mirror = start();
    const states: (string | undefined)[] = [];
    mirror.onChange(() => states.push(mirror.device('e')?.status));
    await mirror.ready();
    await settled();
    expect(states).to.deep.equal(['revoked']);
  });

  it('grows stale when the peer goes away, and recovers with what happened meanwhile', async () => {
    const mirror = await running();
    ledger.online = false;
    ledger.changed();
    await clock.pass(BOUND - 1_200);
    expect(mirror.freshness().fresh).to.be.true;
    await clock.pass(2_000);
    expect(mirror.freshness().fresh).to.be.false;
    expect(mirror.device('a')).to.not.equal(undefined);
    ledger.commit([aDevice('a', { status: 'revoked' })]);
    await clock.pass(10_000);
    expect(mirror.device('a')?.status).to.equal('active');
    ledger.online = true;
    await clock.pass(6_500);
    expect(mirror.device('a')?.status).to.equal('revoked');
    expect(mirror.freshness().fresh).to.be.true;
  });

  it('says once that it lost the ledger, and once that it has it again', async () => {
    await running();
    notes.said.length = 0;
    ledger.online = false;
    ledger.changed();
    await clock.pass(60_000);
    ledger.online = true;
    await clock.pass(6_000);
    expect(notes.said).to.deep.equal(['mirror lost the ledger', 'mirror follows the ledger']);
  });

  it('grows stale, and opens another stream, when the peer has blocks and does not send them', async () => {
    const mirror = await running();
    ledger.mute = true;
    ledger.commit([aDevice('a', { status: 'revoked' })]);
    await clock.pass(BOUND + 2_000);
    expect(mirror.freshness().fresh).to.be.false;
    const opened = ledger.streamsOpened;
    ledger.mute = false;
    await clock.pass(12_000);
    expect(ledger.streamsOpened).to.be.greaterThan(opened);
    expect(mirror.device('a')?.status).to.equal('revoked');
    expect(mirror.freshness().fresh).to.be.true;
  });

  it('keeps one stream open on a quiet ledger', async () => {
    await running();
    await clock.pass(300_000);
    expect(ledger.streamsOpened).to.equal(1);
  });

  it('reads everything again after a change that it does not understand', async () => {
    const mirror = await running();
    const payload = Buffer.from('{"devices":[{"id":"a","status":"levitating"}]}');
    const event = { chaincode: 'biot', name: 'devices', payload };
    const good = ledger.devicesAt();
    ledger.devicesAt = () =>
      new Map(good).set('a', aDevice('a', { status: 'revoked', transaction: 'f'.repeat(64) }));
    ledger.append([{ id: 'x', valid: true, validation: 'VALID', event }]);
    await clock.pass(2_500);
    expect(mirror.device('a')?.status).to.equal('revoked');
    expect(mirror.freshness().fresh).to.be.true;
  });

  it('is not harmed by a listener that throws', async () => {
    const mirror = await running();
    mirror.onChange(() => {
      throw new Error('not today');
    });
    ledger.commit([aDevice('a', { status: 'suspended' })]);
    ledger.commit([aDevice('a', { status: 'revoked' })]);
    await settled();
    expect(mirror.device('a')?.status).to.equal('revoked');
    expect(ledger.streamsOpened).to.equal(1);
  });

  it('may be closed before it ever had a state', async () => {
    ledger.online = false;
    const mirror = start();
    const ready = mirror.ready().catch((error: unknown) => error);
    await mirror.close();
    expect(await ready).to.have.property('code', 'LEDGER_UNAVAILABLE');
  });

  describe('with a snapshot', () => {
    let snapshotFile: string;

    beforeEach(async () => {
      snapshotFile = join(folder, 'registry.snapshot');
      const mirror = await running({ snapshotFile });
      await mirror.close();
    });

    it('answers from it while the peer is away, and knows how old it is', async () => {
      ledger.online = false;
      await clock.pass(2_000);
      const mirror = start({ snapshotFile, silenceBoundMs: 60_000 });
      await mirror.ready();
      expect(shown(mirror)).to.deep.equal(ledger.devicesAt());
      expect(mirror.policy().rules).to.deep.equal(ledger.rulesAt());
      expect(mirror.type('press')).to.deep.equal(ledger.typesAt()[0]);
      expect(mirror.freshness().silentMs).to.be.within(2_000, 4_000);
      expect(mirror.freshness()).to.include({ fresh: true, height: null });
      await clock.pass(60_000);
      expect(mirror.freshness().fresh).to.be.false;
    });

    it('goes on from its block, without reading everything again', async () => {
      ledger.commit(
        [aDevice('b', { status: 'revoked' })],
        { put: [aRule('c')], remove: ['a'] },
        aType('press', { version: 2 }),
      );
      ledger.whileListing = () => {
        throw new Error('it read everything again');
      };
      const mirror = await running({ snapshotFile });
      expect(shown(mirror)).to.deep.equal(ledger.devicesAt());
      expect(mirror.policy().rules).to.deep.equal(ledger.rulesAt());
      expect(mirror.type('press')?.version).to.equal(2);
      expect(mirror.freshness().fresh).to.be.true;
    });

    it('is not fresh by it when the clock was set back since', async () => {
      ledger.online = false;
      clock.wallOffset -= 3_600_000;
      const mirror = start({ snapshotFile, silenceBoundMs: 60_000 });
      await mirror.ready();
      expect(mirror.freshness().fresh).to.be.false;
    });

    it('is confirmed by no peer that has not shown to be of the same chain', async () => {
      ledger.chain = () => Promise.reject(new Error('access denied'));
      const mirror = await running({ snapshotFile });
      await clock.pass(BOUND);
      expect(mirror.freshness()).to.include({ fresh: false, height: null });
    });

    it('forgets it when the channel was made anew', async () => {
      ledger = new FakeLedger();
      ledger.genesis = 'c'.repeat(64);
      ledger.commit([aDevice('z')]);
      const mirror = await running({ snapshotFile });
      await clock.pass(1_000);
      expect([...shown(mirror).keys()]).to.deep.equal(['z']);
      expect(mirror.policy().rules).to.deep.equal([]);
    });

    it('is not confirmed by a peer that has not got so far yet, and does not go back to its state', async () => {
      const blocks = ledger.committed.splice(1);
      const mirror = await running({ snapshotFile });
      await clock.pass(10_000);
      expect(mirror.size).to.equal(5);
      expect(mirror.freshness().fresh).to.be.false;
      ledger.committed.push(...blocks);
      await clock.pass(1_100);
      expect(mirror.freshness().fresh).to.be.true;
    });

    it('fills from the ledger when the file is damaged', async () => {
      writeFileSync(snapshotFile, readFileSync(snapshotFile).subarray(0, 700));
      const mirror = await running({ snapshotFile });
      expect(shown(mirror)).to.deep.equal(ledger.devicesAt());
      expect(notes.said).to.include('the mirror starts without its snapshot');
    });

    it('writes while it runs, so that a crash loses little', async () => {
      const { ino: before } = statSync(snapshotFile);
      await running({ snapshotFile });
      // Time stands still while the file is really written.
      expect(await waitUntil(() => statSync(snapshotFile).ino !== before, 5_000)).to.be.true;
      ledger.commit([aDevice('crashed-after-this')]);
      await clock.pass(30_000);
      const written = (): boolean => readFileSync(snapshotFile, 'utf8').includes('crashed-after-this');
      expect(await waitUntil(written, 5_000)).to.be.true;
    });
  });
});
