import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import type { SignedRelease } from '../../../chaincode/protocol/firmware/release.ts';
import { approvedRelease, newVendor, releaseDraft } from '../../../chaincode/protocol/testing/firmware.ts';
import { certificatePem, createAuthority, issueCertificate } from '../../../network/pki/authority.ts';
import { generateKeyPair, privateKeyPem, publicKeyDer } from '../../../network/pki/keys.ts';
import { Backoff } from '../backoff.ts';
import { downloadImage } from './download.ts';
import type { FirmwareGateway } from './gateway-link.ts';
import { FirmwareUpdater, type UpdaterOptions, type UpdateStep } from './updater.ts';

const IMAGE = randomBytes(300_000);
const VENDOR = newVendor();
const RELEASE = approvedRelease(VENDOR, releaseDraft(VENDOR, IMAGE));

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Serves a part as the gateway does. */
function serve(image: Uint8Array): Handler {
  return (request, response) => {
    const first = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (first >= image.length) {
      response.writeHead(416).end('{"code":"INVALID_ARGUMENT","detail":"behind the end"}');
      return;
    }
    const part = image.subarray(first);
    const place = { 'content-range': `bytes ${first}-${image.length - 1}/${image.length}` };
    response.writeHead(first === 0 ? 200 : 206, { 'content-length': part.length, ...(first > 0 && place) });
    response.end(part);
  };
}

/** Sends so many bytes of what is asked for, and then cuts the connection. */
function cutAfter(bytes: number): Handler {
  return (request, response) => {
    const first = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const place = { 'content-range': `bytes ${first}-${IMAGE.length - 1}/${IMAGE.length}` };
    response.writeHead(first === 0 ? 200 : 206, {
      'content-length': IMAGE.length - first,
      ...(first > 0 && place),
    });
    response.write(IMAGE.subarray(first, first + bytes), () => response.destroy());
  };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('a device’s firmware', () => {
  let folder: string;
  let server: Server;
  let gateway: FirmwareGateway;
  let asked: (string | undefined)[];
  /** What answers the next requests; the last one answers all that follow. */
  let handlers: Handler[];

  before(async () => {
    const authority = await createAuthority('test');
    const keys = generateKeyPair();
    const certificate = await issueCertificate(authority, {
      commonName: 'gateway',
      publicKey: publicKeyDer(keys.publicKey),
      days: 1,
      usages: ['server'],
      hosts: ['127.0.0.1'],
    });
    server = createServer({ cert: certificate, key: privateKeyPem(keys.privateKey) }, (request, response) => {
      asked.push(request.headers.range);
      const handler = handlers.length > 1 ? handlers.shift() : handlers[0];
      handler?.(request, response);
    });
    const listening = Promise.withResolvers<undefined>();
    server.listen(0, '127.0.0.1', () => {
      listening.resolve(undefined);
    });
    await listening.promise;
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    gateway = {
      url: `https://127.0.0.1:${portOf(server)}`,
      authority: certificatePem(authority.certificate),
      device: 'thermometer-1',
      privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    };
  });
  after(() => {
    server.close();
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'biot-device-firmware-'));
    asked = [];
    handlers = [serve(IMAGE)];
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const backoff = (): Backoff => new Backoff({ first: 1, longest: 2 });

  function open(options: Partial<UpdaterOptions> = {}): Promise<FirmwareUpdater> {
    return FirmwareUpdater.open({
      ...{ folder, type: 'thermometer', factory: '1.0.0', vendorKeys: [VENDOR.publicKey], gateway },
      ...{ start: () => Promise.resolve(true), backoff: backoff(), ...options },
    });
  }

  it('is installed, and stays so through a restart', async () => {
    const steps: UpdateStep[] = [];
    const started: [string, string][] = [];
    const start = (image: string, version: string): Promise<boolean> => {
      started.push([image, version]);
      return Promise.resolve(true);
    };
    const updater = await open({ start });
    expect([updater.version, updater.image]).to.deep.equal(['1.0.0', undefined]);
    expect(await updater.update(RELEASE, (step) => steps.push(step))).to.deep.equal({ state: 'succeeded' });
    expect(steps).to.deep.equal(['downloading', 'downloaded', 'verified', 'installing']);
    expect(started).to.deep.equal([[updater.image, '1.2.0']]);
    await updater.close();
    const again = await open();
    expect([again.version, again.rolledBack]).to.deep.equal(['1.2.0', null]);
    expect(readFileSync(again.image!).equals(IMAGE)).to.equal(true);
    expect(await again.update(RELEASE)).to.deep.equal({ state: 'failed', refusal: 'downgrade' });
    await again.close();
  });

  it('is fetched from where it was cut, however often', async () => {
    handlers = [cutAfter(100_000), cutAfter(50_000), cutAfter(0), serve(IMAGE)];
    const updater = await open();
    expect(await updater.update(RELEASE)).to.deep.equal({ state: 'succeeded' });
    const [whole, ...resumed] = asked;
    const from = resumed.map((range) => Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1]));
    expect(whole).to.equal(undefined);
    expect(from).to.have.length(3);
    // What a cut takes with it on its way is nobody's to know; what had come is not asked for again.
    expect(from[0]).to.be.within(1, 100_000);
    expect(from[1]).to.be.within(from[0]! + 1, from[0]! + 50_000);
    expect(from[2]).to.equal(from[1]);
    await updater.close();
  });

  it('waits while the gateway has no place, and gives up when it is refused', async () => {
    const busy: Handler = (_request, response) => void response.writeHead(429, { 'retry-after': '0' }).end();
    handlers = [busy, busy, serve(IMAGE)];
    const file = join(folder, 'image');
    await downloadImage(RELEASE, { gateway, file, backoff: backoff() });
    expect(readFileSync(file).equals(IMAGE)).to.equal(true);
    handlers = [
      (_request, response) => void response.writeHead(404).end('{"code":"NOT_FOUND","detail":"gone"}'),
    ];
    const refused = await downloadImage(RELEASE, {
      gateway,
      file: join(folder, 'other'),
      backoff: backoff(),
    }).catch((error: unknown) => error);
    expect(refused).to.have.property('code', 'NOT_FOUND');
  });

  const tampered = Buffer.from(IMAGE);
  tampered[1000] = (tampered[1000] ?? 0) ^ 1;
  for (const [refusal, image] of Object.entries({
    truncated: IMAGE.subarray(0, 200_000),
    'size wrong': Buffer.concat([IMAGE, IMAGE]),
    'hash wrong': tampered,
  }))
    it(`is not installed when the image is not the release’s: ${refusal}`, async () => {
      handlers = [serve(image)];
      const updater = await open();
      expect(await updater.update(RELEASE)).to.deep.equal({ state: 'failed', refusal });
      // Nothing of it is left: the true image is fetched as a whole.
      handlers = [serve(IMAGE)];
      expect(await updater.update(RELEASE)).to.deep.equal({ state: 'succeeded' });
      await updater.close();
    });

  it('is not even fetched when the vendor did not sign it', async () => {
    const stranger = newVendor();
    const forged: SignedRelease = approvedRelease(stranger, releaseDraft(stranger, IMAGE));
    const updater = await open();
    expect(await updater.update(forged)).to.deep.equal({ state: 'failed', refusal: 'key not trusted' });
    expect(asked).to.deep.equal([]);
    await updater.close();
  });

  it('is rolled back when it does not work, or when the device does not survive it', async () => {
    const failing = await open({ start: () => Promise.reject(new Error('panic')) });
    expect(await failing.update(RELEASE)).to.deep.equal({ state: 'rolled back' });
    expect([failing.version, failing.image]).to.deep.equal(['1.0.0', undefined]);
    await failing.close();

    const dying = Promise.withResolvers<undefined>();
    const reached = Promise.withResolvers<undefined>();
    const crashing = await open({
      start: async () => {
        reached.resolve(undefined);
        await dying.promise;
        throw new Error('never seen');
      },
    });
    void crashing.update(RELEASE).catch(() => undefined);
    await reached.promise;
    const after = await open();
    expect([after.version, after.rolledBack]).to.deep.equal(['1.0.0', '1.2.0']);
    expect(await after.update(RELEASE)).to.deep.equal({ state: 'succeeded' });
    await Promise.all([after.close(), crashing.close()]);
  });

  it('has a store that says so when it is damaged', async () => {
    writeFileSync(join(folder, 'installed'), 'nonsense\nmore\n');
    const refused = await open().catch((error: unknown) => error);
    expect(refused).to.have.property('code', 'STORE_CORRUPT');
  });
});
