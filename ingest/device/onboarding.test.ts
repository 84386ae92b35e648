import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import { z } from 'zod';

import { writeCode } from '../../chaincode/protocol/onboarding/code.ts';
import { type Authority, certificatePem, createAuthority } from '../../network/pki/authority.ts';
import { readCertificateRequest } from '../../network/pki/certificate-request.ts';
import { issueDeviceCertificate } from '../../network/pki/devices.ts';
import { generateKeyPair } from '../../network/pki/keys.ts';
import { codeOf } from '../../test/harness/failure.ts';
import { type StandInGateway, standInGateway } from '../../test/harness/stand-in-gateway.ts';
import { readCredentials } from './credentials.ts';
import { ensureDeviceKey } from './key.ts';
import { fetchCertificate, onboardByCode } from './onboarding.ts';

const CODE = writeCode(new Uint8Array(16).fill(9));
const sentSchema = z.object({ code: z.string().optional(), request: z.string() });

describe('onboarding, the device’s side', () => {
  let authority: Authority;
  let gateway: StandInGateway;
  let devices: string;
  let answers: ((request: string) => Promise<{ status: number; text: string }>)[];
  const asked: { path: string; code: string | undefined; request: string }[] = [];

  const issued = async (request: string, id = 'press-07') => ({
    status: 201,
    text: JSON.stringify({
      device: { id, tenant: 'acme', type: 'press', status: 'active' },
      certificate: await issueDeviceCertificate(authority, id, (await readCertificateRequest(request)).key),
      authority: 'an authority',
      broker: { host: '127.0.0.1', port: 8442 },
    }),
  });
  const refusal = (status: number, code: string) => () =>
    Promise.resolve({ status, text: JSON.stringify({ code, detail: 'because' }) });

  before(async () => {
    authority = await createAuthority('test');
    gateway = await standInGateway((path, body) => {
      const { code, request } = sentSchema.parse(body);
      asked.push({ path, code, request });
      return (answers.shift() ?? issued)(request);
    });
  });
  after(() => {
    gateway.close();
  });
  beforeEach(() => {
    answers = [];
    asked.length = 0;
    devices = mkdtempSync(join(tmpdir(), 'biot-onboarding-'));
  });
  afterEach(() => {
    rmSync(devices, { recursive: true });
  });

  const onboard = () => onboardByCode(CODE, { devices, gateway });

  it('leaves a folder with all that a client needs, the key for its owner alone', async () => {
    const { folder, device, broker } = await onboard();
    expect(device.id).to.equal('press-07');
    expect(broker.port).to.equal(8442);
    expect(folder).to.equal(join(devices, 'press-07'));
    expect(readCredentials(folder, 'press-07').device).to.equal('press-07');
    expect(readdirSync(folder).sort()).to.deep.equal(['authority.pem', 'cert.pem', 'device.json', 'key.pem']);
    expect(statSync(join(folder, 'key.pem')).mode & 0o777).to.equal(0o600);
    expect(readdirSync(devices)).to.deep.equal(['press-07']);
    expect(asked.map(({ path, code }) => [path, code])).to.deep.equal([['/api/v1/onboarding/claims', CODE]]);
  });

  it('comes with the same key when the answer was lost', async () => {
    answers = [refusal(503, 'ISSUER_UNAVAILABLE')];
    expect(await codeOf(onboard())).to.equal('ISSUER_UNAVAILABLE');
    await onboard();
    const [first, second] = await Promise.all(asked.map(({ request }) => readCertificateRequest(request)));
    expect(first?.publicKey).to.equal(second?.publicKey);
  });

  it('passes on why the gateway refuses', async () => {
    answers = [refusal(410, 'CODE_EXPIRED')];
    expect(await codeOf(onboard())).to.equal('CODE_EXPIRED');
  });

  it('leaves no key behind for a code that is refused for good, nor takes away one that may have redeemed it', async () => {
    for (const code of ['NOT_FOUND', 'CODE_REDEEMED', 'CODE_WITHDRAWN', 'CODE_EXPIRED']) {
      answers = [refusal(410, code)];
      expect(await codeOf(onboard())).to.equal(code);
      expect(readdirSync(devices)).to.deep.equal([]);
    }
    answers = [refusal(503, 'ISSUER_UNAVAILABLE'), refusal(409, 'CODE_REDEEMED')];
    expect(await codeOf(onboard())).to.equal('ISSUER_UNAVAILABLE');
    expect(await codeOf(onboard())).to.equal('CODE_REDEEMED');
    expect(readdirSync(devices)).to.have.length(1);
    await onboard();
    const proven = await Promise.all(asked.slice(-3).map(({ request }) => readCertificateRequest(request)));
    expect(new Set(proven.map(({ publicKey }) => publicKey)).size).to.equal(1);
  });

  it('knows again the code that it was onboarded by, and asks nobody', async () => {
    const { already, ...first } = await onboard();
    const second = await onboard();
    expect(second).to.deep.equal({ ...first, already: true });
    expect([already, asked.length]).to.deep.equal([false, 1]);
    rmSync(join(second.folder, 'cert.pem'));
    expect(await codeOf(onboard())).to.equal('KEY_INVALID');
  });

  it('asks nobody with a code that is mistyped', async () => {
    const wrong = onboardByCode(`${CODE.slice(0, -1)}7`, { devices, gateway });
    expect(await codeOf(wrong)).to.equal('INVALID_ARGUMENT');
    expect(asked).to.deep.equal([]);
  });

  it('tells its code to no gateway of another authority', async () => {
    const other = certificatePem((await createAuthority('another')).certificate);
    expect(
      await codeOf(onboardByCode(CODE, { devices, gateway: { ...gateway, authority: other } })),
    ).to.equal('ISSUER_UNAVAILABLE');
    expect(asked).to.deep.equal([]);
  });

  it('takes no certificate for another key or name, nor what it does not understand', async () => {
    const { publicKey } = generateKeyPair();
    const other = await issueDeviceCertificate(authority, 'press-07', publicKey);
    answers = [
      async (request) => {
        const { status, text } = await issued(request);
        return { status, text: JSON.stringify({ ...(JSON.parse(text) as object), certificate: other }) };
      },
      async (request) => {
        const { status, text } = await issued(request, 'press-08');
        return { status, text: text.replace('"id":"press-08"', '"id":"press-07"') };
      },
      () => Promise.resolve({ status: 200, text: '<html>' }),
      async (request) => {
        const { status, text } = await issued(request);
        return { status, text: text.replace('"id":"press-07"', '"id":"../../evil"') };
      },
    ];
    expect(await codeOf(onboard())).to.equal('KEY_INVALID');
    expect(await codeOf(onboard())).to.equal('KEY_INVALID');
    expect(await codeOf(onboard())).to.equal('ISSUER_UNAVAILABLE');
    expect(await codeOf(onboard())).to.equal('ISSUER_UNAVAILABLE');
    expect(existsSync(join(devices, 'press-07'))).to.equal(false);
    await onboard();
  });

  it('does not replace a device that is there', async () => {
    mkdirSync(join(devices, 'press-07'));
    expect(await codeOf(onboard())).to.equal('DEVICE_EXISTS');
    expect(readdirSync(join(devices, 'press-07'))).to.deep.equal([]);
  });

  it('gets the certificate of a device by its key and its name', async () => {
    const folder = join(devices, 'press-07');
    const { publicKey } = ensureDeviceKey(folder);
    await fetchCertificate('press-07', { folder, gateway });
    const proven = await readCertificateRequest(asked[0]?.request ?? '');
    expect([asked[0]?.path, proven.commonName, proven.publicKey]).to.deep.equal([
      '/api/v1/onboarding/certificates',
      'press-07',
      publicKey,
    ]);
    expect(readCredentials(folder, 'press-07').device).to.equal('press-07');
    expect(await codeOf(fetchCertificate('b', { folder: join(devices, 'b'), gateway }))).to.equal(
      'KEY_INVALID',
    );
    expect(readFileSync(join(folder, 'device.json'), 'utf8')).to.contain('"tenant": "acme"');
  });
});
