import { X509Certificate } from 'node:crypto';

import { expect } from 'chai';

import { DEVICE_STATUSES, type Device } from '../../chaincode/protocol/device.ts';
import { type Authority, createAuthority } from '../../network/pki/authority.ts';
import { readCertificateRequest } from '../../network/pki/certificate-request.ts';
import { generateKeyPair, type KeyPair } from '../../network/pki/keys.ts';
import { requestFor } from '../../network/pki/testing/requests.ts';
import { codeOf } from '../../test/harness/failure.ts';
import { testDevice } from '../testing/devices.ts';
import { Issuer } from './issuer.ts';

/** A copy of the ledger in which a test sets what it likes, and time that passes when the test says so. */
class World {
  readonly devices = new Map<string, Device>();
  fresh = true;
  #listener: () => void = () => undefined;
  readonly #waiting = Promise.withResolvers<undefined>();
  /** Whether there is time to wait for anything. */
  patient = true;
  readonly issuer: Issuer;

  constructor(authority: Authority) {
    this.issuer = new Issuer({
      authority,
      mirror: {
        device: (id) => this.devices.get(id),
        freshness: () => ({ fresh: this.fresh, silentMs: 0, height: 1 }),
        onChange: (listener) => {
          this.#listener = () => {
            listener([]);
          };
          this.#waiting.resolve(undefined);
          return () => undefined;
        },
      },
      after: (_milliseconds, action) => {
        if (!this.patient) queueMicrotask(action);
        return () => undefined;
      },
      log: { info: () => undefined },
    });
  }

  /** Resolves when the issuer waits for a change. */
  get waiting(): Promise<undefined> {
    return this.#waiting.promise;
  }

  put(id: string, changes: Partial<Device>): void {
    this.devices.set(id, testDevice(id, changes));
    this.#listener();
  }

  /** The refusal, once the issuer has waited in vain. */
  async refusal(device: string, request: string): Promise<unknown> {
    this.patient = false;
    return codeOf(this.issuer.issue({ device, request }));
  }
}

describe('the issuer of device certificates', () => {
  let authority: Authority;
  let world: World;
  let keys: KeyPair;
  let keyFingerprint: string;
  let request: string;

  before(async () => {
    authority = await createAuthority('BIoT-DM devices');
    keys = generateKeyPair();
    request = await requestFor('press-07', { keys });
    ({ keyFingerprint } = await readCertificateRequest(request));
  });
  beforeEach(() => {
    world = new World(authority);
  });

  it('certifies the ledger’s key of an active device', async () => {
    world.put('press-07', { keyFingerprint });
    const certificate = new X509Certificate(await world.issuer.issue({ device: 'press-07', request }));
    expect(certificate.subject).to.equal('CN=press-07');
    expect(certificate.keyUsage).to.deep.equal(['1.3.6.1.5.5.7.3.2']);
    expect(certificate.checkPrivateKey(keys.privateKey)).to.equal(true);
    expect(certificate.verify(authority.keys.publicKey)).to.equal(true);
  });

  it('takes a request without a name for the device that has the key', async () => {
    world.put('press-07', { keyFingerprint });
    const nameless = await requestFor(undefined, { keys });
    const certificate = new X509Certificate(
      await world.issuer.issue({ device: 'press-07', request: nameless }),
    );
    expect(certificate.subject).to.equal('CN=press-07');
  });

  it('waits for the block that is on its way', async () => {
    const issued = world.issuer.issue({ device: 'press-07', request });
    await world.waiting;
    world.put('press-07', { keyFingerprint });
    expect(await issued).to.contain('BEGIN CERTIFICATE');
  });

  it('certifies no key that the ledger does not hold', async () => {
    expect(await world.refusal('press-07', request)).to.equal('DEVICE_UNKNOWN');
    world.put('press-07', { keyFingerprint: 'ef'.repeat(32) });
    expect(await world.refusal('press-07', request)).to.equal('KEY_INVALID');
  });

  it('certifies no key that was replaced, overlap or not', async () => {
    const { publicKey } = testDevice('any');
    const until = '2999-01-01T00:00:00.000Z';
    world.put('press-07', { previousKey: { publicKey, keyFingerprint, until } });
    expect(await world.refusal('press-07', request)).to.equal('KEY_INVALID');
    world.put('press-07', { retiredKeys: [keyFingerprint] });
    expect(await world.refusal('press-07', request)).to.equal('KEY_INVALID');
  });

  for (const status of DEVICE_STATUSES.filter((candidate) => candidate !== 'active')) {
    it(`certifies no device that is ${status}`, async () => {
      world.put('press-07', { status, keyFingerprint });
      expect(await world.refusal('press-07', request)).to.equal('DEVICE_NOT_ACTIVE');
    });
  }

  it('certifies nobody under another name', async () => {
    for (const name of ['press-08', 'press-07\u0000', 'press-07 ', 'PRESS-07', 'prеss-07', '']) {
      world.put('press-07', { keyFingerprint });
      expect(
        await world.refusal('press-07', await requestFor(name, { keys })),
        JSON.stringify(name),
      ).to.equal('INVALID_ARGUMENT');
    }
  });

  it('certifies nothing by a copy of the ledger that may be old', async () => {
    world.put('press-07', { keyFingerprint });
    world.fresh = false;
    expect(await world.refusal('press-07', request)).to.equal('LEDGER_STALE');
  });

  it('certifies no key that the sender has not shown to have', async () => {
    const thief = generateKeyPair();
    world.put('press-07', { keyFingerprint });
    const forged = await requestFor('press-07', { keys: { ...keys, privateKey: thief.privateKey } });
    expect(await world.refusal('press-07', forged)).to.equal('KEY_INVALID');
  });
});
