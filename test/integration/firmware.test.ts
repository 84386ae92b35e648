import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import { z } from 'zod';

import { type SignedRelease, signedReleaseSchema } from '../../chaincode/protocol/firmware/release.ts';
import { type FirmwareGateway, offeredReleases } from '../../ingest/device/firmware/gateway-link.ts';
import { downloadImage } from '../../ingest/device/firmware/download.ts';
import { signRequest } from '../../ingest/device/signed-payload.ts';
import { createDeviceToken } from '../../ingest/device/token.ts';
import { FirmwareUpdater } from '../../ingest/device/firmware/updater.ts';
import { typeLedger } from '../../network/ledger/types.ts';
import { registryLedger } from '../../network/ledger/registry.ts';
import { credentialsIn } from '../../network/pki/credentials.ts';
import { COAP_CLIENT, ensurePackages } from '../../scripts/platform/debian.ts';
import { failureOf } from '../harness/failure.ts';
import { ask, eventually, lastJson, type Ran, runProgram, runScript, testHome } from '../harness/instance.ts';
import { membersOf } from '../harness/members.ts';
import { makeDevice, TENANT } from '../harness/test-device.ts';

const VENDOR = 'admin@manufacturer';
const APPROVER = 'admin@operator';
const SIZE = 5_000_000;

describe('firmware on its way from the vendor to a device', function () {
  this.timeout(120_000);
  const home = testHome();
  const members = membersOf(home);
  const folder = mkdtempSync(join(tmpdir(), 'biot-firmware-'));
  const place = (name: string): string => join(folder, name);
  const type = `valve-${randomBytes(4).toString('hex')}`;
  let gateway: FirmwareGateway;

  const run = (...args: string[]): Promise<Ran> => runScript('firmware', ...args);
  const released = ({ code, out, error }: Ran): SignedRelease => {
    expect(code, error).to.equal(0);
    return lastJson(out, signedReleaseSchema);
  };

  /** A signed draft, in a file. */
  async function sign(image: string, version: string, changes: object = {}): Promise<string> {
    const signed = await run(
      ...['sign', place(image), '--key', place('key'), '--type', type, '--version', version],
      ...['--notes', 'of a test'],
    );
    expect(signed.code, signed.error).to.equal(0);
    const file = place(`${image}.json`);
    writeFileSync(file, JSON.stringify({ ...(JSON.parse(signed.out) as object), ...changes }));
    return file;
  }

  const publish = (draft: string, image: string): Promise<Ran> =>
    run('publish', draft, place(image), '--as', VENDOR);

  /** As soon as the approver's own peer has it: that may be a block behind the vendor's. */
  async function approve(id: string): Promise<SignedRelease> {
    let ran = await run('approve', id, '--as', APPROVER);
    await eventually(async () => {
      if (!ran.error.includes('NOT_FOUND')) return true;
      ran = await run('approve', id, '--as', APPROVER);
      return false;
    }, 'the approver’s peer to have the release');
    return released(ran);
  }

  async function approved(image: string, version: string): Promise<SignedRelease> {
    const { id } = released(await publish(await sign(image, version), image));
    const release = await approve(id);
    await eventually(
      async () => (await offeredReleases(gateway)).some((offer) => offer.id === id),
      'the release to be offered',
    );
    return release;
  }

  const updater = (
    name: string,
    start: () => Promise<boolean> = () => Promise.resolve(true),
  ): Promise<FirmwareUpdater> =>
    FirmwareUpdater.open({
      ...{ folder: place(name), type, factory: '1.0.0', gateway, start },
      vendorKeys: [readFileSync(place('key.pub'), 'utf8')],
    });

  before(async () => {
    const sensors = [
      { name: 'pressure', unit: 'hPa', minimum: null, maximum: null, dataType: 'number' },
    ] as const;
    await typeLedger(members.as(VENDOR)).put({ name: type, description: 'of a test', sensors: [...sensors] });
    const device = await makeDevice(home, 'valve');
    const owner = registryLedger(members.as(APPROVER));
    const known = async (): Promise<boolean> =>
      typeLedger(members.as(APPROVER))
        .get(type)
        .then(
          () => true,
          () => false,
        );
    await eventually(known, 'the type to be known');
    await owner.register([{ id: device.id, tenant: TENANT, type, publicKey: device.publicKey }]);
    await owner.activate(device.id, 'a test');
    gateway = {
      url: `https://127.0.0.1:${home.ports.gateway}`,
      authority: readFileSync(home.path('pki', 'platform-ca', 'cert.pem'), 'utf8'),
      device: device.id,
      privateKey: readFileSync(home.path('devices', device.id, 'key.pem'), 'utf8'),
    };
    writeFileSync(place('first'), randomBytes(SIZE));
    writeFileSync(place('second'), randomBytes(SIZE));
    expect((await run('keygen', place('key'))).code).to.equal(0);
    expect(statSync(place('key')).mode & 0o777).to.equal(0o600);
    const registered = await run('register-key', place('key'), '--as', VENDOR);
    expect(registered.code, registered.error).to.equal(0);
  });
  after(() => {
    members.close();
    rmSync(folder, { recursive: true });
  });

  it('is published, approved by another organisation, fetched in parts and installed', async () => {
    const { id } = released(await publish(await sign('first', '1.1.0'), 'first'));
    expect((await run('approve', id, '--as', VENDOR)).error).to.contain('FORBIDDEN');
    const early = await failureOf(downloadImage({ id, size: SIZE }, { gateway, file: place('early') }));
    expect(early).to.have.property('code', 'NOT_FOUND');
    await approve(id);
    await eventually(async () => (await offeredReleases(gateway)).length > 0, 'the release to be offered');
    const [offer] = await offeredReleases(gateway);
    const device = await updater('device');
    expect(device.judge(offer!)).to.equal(undefined);

    // Cut midway: what has come is kept, and the rest alone is fetched.
    const cut = new AbortController();
    const file = place('cut');
    const fetching = downloadImage(offer!, { gateway, file, signal: cut.signal });
    const begun = (): boolean => {
      const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
      if (size > 0) cut.abort();
      return size > 0;
    };
    await Promise.all([failureOf(fetching).catch(() => undefined), eventually(begun, 'the first bytes')]);
    truncateSync(file, Math.min(statSync(file).size, SIZE / 2));
    await downloadImage(offer!, { gateway, file });
    expect(readFileSync(file).equals(readFileSync(place('first')))).to.equal(true);

    expect(await device.update(offer!)).to.deep.equal({ state: 'succeeded' });
    expect(device.version).to.equal('1.1.0');
    expect(readFileSync(device.image!).equals(readFileSync(place('first')))).to.equal(true);
    expect(await device.update(offer!)).to.deep.equal({ state: 'failed', refusal: 'downgrade' });
    await device.close();
  });

  it('resumes for a stock client, and hands nothing to others', async () => {
    const [offer] = await offeredReleases(gateway);
    const curl = async (...args: string[]): Promise<string> => {
      const token = await createDeviceToken({ ...gateway, now: Date.now() });
      const url = `${gateway.url}/api/v1/device/firmware/${offer!.id}`;
      const ca = home.path('pki', 'platform-ca', 'cert.pem');
      const headers = ['-H', `Authorization: Bearer ${token}`];
      return execFileSync('curl', ['-sS', '--cacert', ca, ...headers, ...args, url], { encoding: 'utf8' });
    };
    writeFileSync(place('half'), readFileSync(place('first')).subarray(0, SIZE / 2));
    expect(await curl('-C', '-', '-o', place('half'), '-w', '%{http_code}')).to.equal('206');
    expect(readFileSync(place('half')).equals(readFileSync(place('first')))).to.equal(true);
    const behind = await curl('-r', `${SIZE}-`, '-o', '/dev/null', '-w', '%{http_code}');
    expect(behind).to.equal('416');
    expect((await ask(home, `/api/v1/device/firmware/${offer!.id}`)).status).to.equal(401);
  });

  it('comes in blocks by CoAP, to a stock client, with DTLS and without', async () => {
    await ensurePackages([COAP_CLIENT], () => undefined);
    writeFileSync(place('small'), randomBytes(100_000));
    const { id } = await approved('small', '0.5.0');
    const { certificateFile, keyFile } = credentialsIn(home.path('devices', gateway.device));
    const certified = ['-c', certificateFile, '-j', keyFile];
    const authority = ['-R', home.path('pki', 'platform-ca', 'cert.pem')];
    const coap = (...args: string[]): Promise<Ran> =>
      runProgram('coap-client-openssl', ['-B', '60', ...args]);
    for (const [options, url] of [
      [[], `coap://127.0.0.1:${home.ports.coap}`],
      [[...certified, ...authority], `coaps://127.0.0.1:${home.ports.coaps}`],
    ] as const) {
      writeFileSync(place('wish'), signRequest(gateway, { purpose: 'image', image: id }, Date.now()));
      const { out } = await coap(
        ...options,
        '-m',
        'post',
        '-t',
        '18',
        '-f',
        place('wish'),
        `${url}/firmware`,
      );
      const { path } = z.object({ path: z.string() }).parse(JSON.parse(out));
      await coap(...options, '-m', 'get', '-o', place('got'), `${url}${path}`);
      expect(readFileSync(place('got')).equals(readFileSync(place('small')))).to.equal(true);
      const [withoutTicket] = path.split('?');
      expect((await coap(...options, '-m', 'get', `${url}${withoutTicket}`)).error).to.include('4.01');
    }
  });

  it('is refused by the ledger when the vendor did not sign it as it is', async () => {
    for (const changes of [
      { id: 'f'.repeat(64) },
      { size: SIZE + 1 },
      { version: '9.9.9' },
      { signature: `${'A'.repeat(86)}==` },
    ]) {
      const ran = await publish(await sign('second', '2.0.0', changes), 'second');
      expect([ran.code, ran.error]).to.satisfy(
        ([code, error]: [number, string]) => code === 1 && error.includes('FIRMWARE_INVALID'),
      );
    }
  });

  it('is refused by the gateway when the image is another, truncated or too long', async () => {
    const draft = await sign('second', '2.0.0');
    const bytes = readFileSync(place('second'));
    for (const [name, wrong] of Object.entries({
      other: randomBytes(SIZE),
      truncated: bytes.subarray(0, SIZE - 1),
      longer: Buffer.concat([bytes, Buffer.of(0)]),
    })) {
      writeFileSync(place(name), wrong);
      expect((await publish(draft, name)).error, name).to.contain('FIRMWARE_INVALID');
    }
    expect((await publish(draft, 'second')).code).to.equal(0);
  });

  it('is rolled back when it does not work, and refused when it was tampered with or withdrawn', async () => {
    const release = await approved('second', '2.0.0');
    const device = await updater('unlucky', () => Promise.resolve(false));
    expect(await device.update(release)).to.deep.equal({ state: 'rolled back' });
    expect([device.version, device.image]).to.deep.equal(['1.0.0', undefined]);
    // What is stored is changed behind the gateway's back.
    const stored = home.path('data', 'firmware', release.id);
    const bytes = readFileSync(stored);
    writeFileSync(stored, Buffer.concat([bytes.subarray(1), Buffer.of(0)]));
    const wary = await updater('wary');
    expect(await wary.update(release)).to.deep.equal({ state: 'failed', refusal: 'hash wrong' });
    writeFileSync(stored, bytes);
    const withdrawn = released(await run('withdraw', release.id, '--as', APPROVER, '--reason', 'it leaks'));
    expect(await wary.update(withdrawn)).to.deep.equal({ state: 'failed', refusal: 'withdrawn' });
    await eventually(
      async () => (await offeredReleases(gateway)).every(({ id }) => id !== release.id),
      'it to be offered no more',
    );
    const late = await failureOf(downloadImage(release, { gateway, file: place('late') }));
    expect(late).to.have.property('code', 'NOT_FOUND');
    await Promise.all([device.close(), wary.close()]);
  });
});
