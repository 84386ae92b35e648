import { expect } from 'chai';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';

import type { Device } from '../../chaincode/protocol/device.ts';
import { BiotError, type ErrorCode } from '../../chaincode/protocol/errors.ts';
import { readCredentials } from '../../ingest/device/credentials.ts';
import { ensureDeviceKey } from '../../ingest/device/key.ts';
import { testDevice } from '../../ingest/testing/devices.ts';
import { writeFileAtomically } from '../../network/home/files.ts';
import type { Home } from '../../network/home/home.ts';
import { credentialsIn, ensureAuthority } from '../../network/pki/credentials.ts';
import { type AsMember, enrol, type EnrolmentRegistry } from './enrolment.ts';
import { emptyHome } from './testing/homes.ts';

const ID = 'press-07';
const COMMITTED = { transaction: 'ab'.repeat(32), block: 7 };

/** The registry as all members see it, unless a member's peer fails. */
class FakeLedger {
  readonly devices = new Map<string, Device>();
  readonly failures = new Map<string, ErrorCode>();
  /** `member transaction`, in their order. */
  readonly calls: string[] = [];

  readonly asMember: AsMember = (member, work) => work(this.#registryOf(member));

  #registryOf(member: string): EnrolmentRegistry {
    return {
      get: (id) => {
        this.#enter(member, 'get');
        return Promise.resolve(this.#device(id));
      },
      register: (registrations) => {
        this.#enter(member, 'register');
        const devices = registrations.map(({ id, tenant, type, publicKey }) =>
          testDevice(id, { tenant, type, publicKey, status: 'registered' }),
        );
        for (const device of devices) this.devices.set(device.id, device);
        return Promise.resolve({ ...COMMITTED, devices });
      },
      activate: (id) => {
        this.#enter(member, 'activate');
        const device = { ...this.#device(id), status: 'active' as const };
        this.devices.set(id, device);
        return Promise.resolve({ ...COMMITTED, device });
      },
    };
  }

  #enter(member: string, transaction: string): void {
    this.calls.push(`${member} ${transaction}`);
    const code = this.failures.get(member);
    if (code !== undefined) throw new BiotError(code, `the peer of ${member} fails`);
  }

  #device(id: string): Device {
    const device = this.devices.get(id);
    if (device === undefined) throw new BiotError('DEVICE_UNKNOWN', `no device ${id}`);
    return device;
  }
}

describe('enrolment of a device for a replay', () => {
  let home: Home;
  let ledger: FakeLedger;
  let said: string[];

  beforeEach(async () => {
    home = emptyHome();
    ledger = new FakeLedger();
    said = [];
    await ensureAuthority(credentialsIn(home.path('pki', 'devices-ca')), 'devices');
  });

  afterEach(() => {
    rmSync(home.root, { recursive: true });
  });

  function enrolled(): ReturnType<typeof enrol> {
    return enrol(home, ID, (text) => said.push(text), ledger.asMember);
  }

  async function refusal(): Promise<unknown> {
    return enrolled().then(
      () => 'none',
      (error: unknown) => error,
    );
  }

  /** A device of tenant acme that the ledger knows, with its key in this home. */
  function known(changes: Partial<Device> = {}): void {
    const { publicKey } = ensureDeviceKey(home.path('devices', ID));
    ledger.devices.set(ID, testDevice(ID, { publicKey, ...changes }));
  }

  it('makes one that the ledger does not know: key, certificate, registration, activation', async () => {
    expect(await enrolled()).to.deep.equal({ tenant: 'demo', device: ID });
    const { certificate, device } = readCredentials(home.path('devices', ID), ID);
    expect(device).to.equal(ID);
    expect(new X509Certificate(certificate).subject).to.equal(`CN=${ID}`);
    expect(ledger.devices.get(ID)).to.include({
      status: 'active',
      tenant: 'demo',
      type: 'generic',
      publicKey: ensureDeviceKey(home.path('devices', ID)).publicKey,
    });
    expect(ledger.calls).to.deep.equal([
      'admin@manufacturer get',
      'admin@manufacturer register',
      'admin@manufacturer activate',
    ]);
    expect(said).to.have.length(1);
  });

  it('only looks at one that is active, and leaves its certificate as it is', async () => {
    await enrolled();
    const file = home.path('devices', ID, 'cert.pem');
    const certificate = readFileSync(file, 'utf8');
    [ledger.calls.length, said.length] = [0, 0];
    expect(await enrolled()).to.deep.equal({ tenant: 'demo', device: ID });
    expect(ledger.calls).to.deep.equal(['admin@manufacturer get']);
    expect(readFileSync(file, 'utf8')).to.equal(certificate);
    expect(said).to.deep.equal([]);
  });

  it('gives a certificate to one that has none, in the name of the tenant that the ledger has', async () => {
    known();
    expect(await enrolled()).to.deep.equal({ tenant: 'acme', device: ID });
    expect(readCredentials(home.path('devices', ID), ID).device).to.equal(ID);
    expect(ledger.calls).to.deep.equal(['admin@manufacturer get']);
  });

  it('goes on with one that was registered and never activated', async () => {
    known({ status: 'registered' });
    await enrolled();
    expect(ledger.devices.get(ID)?.status).to.equal('active');
    expect(ledger.calls).to.deep.equal(['admin@manufacturer get', 'admin@manufacturer activate']);
    expect(said).to.have.length(1);
  });

  it('brings none back that somebody took out of service', async () => {
    for (const status of ['suspended', 'revoked'] as const) {
      known({ status, reason: 'stolen' });
      expect(await refusal()).to.include({
        code: 'DEVICE_NOT_ACTIVE',
        message: `press-07 is ${status}: stolen`,
      });
      expect(ledger.devices.get(ID)?.status).to.equal(status);
    }
  });

  it('refuses one whose key is another one, or is not here, and makes nothing', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const foreign = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    ledger.devices.set(ID, testDevice(ID, { publicKey: foreign }));
    expect(await refusal()).to.include({ code: 'KEY_INVALID' });
    expect(existsSync(home.path('devices', ID))).to.equal(false);
    ensureDeviceKey(home.path('devices', ID));
    expect(await refusal()).to.include({ code: 'KEY_INVALID' });
    expect(existsSync(home.path('devices', ID, 'cert.pem'))).to.equal(false);
  });

  it('asks the next organisation when a peer does not answer', async () => {
    known();
    ledger.failures.set('admin@manufacturer', 'LEDGER_UNAVAILABLE');
    ledger.failures.set('admin@operator', 'LEDGER_TIMEOUT');
    expect(await enrolled()).to.deep.equal({ tenant: 'acme', device: ID });
    expect(ledger.calls).to.deep.equal([
      'admin@manufacturer get',
      'admin@operator get',
      'auditor@auditor get',
    ]);
  });

  it('asks no other when one refuses to answer', async () => {
    known();
    ledger.failures.set('admin@manufacturer', 'FORBIDDEN');
    expect(await refusal()).to.include({ code: 'FORBIDDEN' });
    expect(ledger.calls).to.have.length(1);
  });

  it('believes what was set up before when no peer answers, and nothing else', async () => {
    for (const member of ['admin@manufacturer', 'admin@operator', 'auditor@auditor'])
      ledger.failures.set(member, 'LEDGER_UNAVAILABLE');
    const member = { id: ID, tenant: 'plant-2', type: 'press', sensors: ['temperature'] };
    writeFileAtomically(home.path('devices', 'fleet.json'), JSON.stringify([member]));
    expect(await enrolled()).to.deep.equal({ tenant: 'plant-2', device: ID });
    writeFileAtomically(home.path('devices', 'fleet.json'), JSON.stringify([{ ...member, id: 'pump-1' }]));
    expect(await refusal()).to.include({ code: 'LEDGER_UNAVAILABLE' });
  });
});
