import { expect } from 'chai';
import { readFileSync, writeFileSync } from 'node:fs';
import { inspect } from 'node:util';

import { organisationCrypto } from '../../network/fabric/crypto-paths.ts';
import type { OrganisationName } from '../../network/home/organisations.ts';
import { connectLedger, type LedgerClient, type LedgerIdentity } from '../../network/ledger/client.ts';
import { memberConnection } from '../../network/ledger/member-connection.ts';
import { registryLedger } from '../../network/ledger/registry.ts';
import {
  type Authority,
  type CertificateRequest,
  createAuthority,
  issueCertificate,
  readAuthority,
} from '../../network/pki/authority.ts';
import { readAttributes } from '../../network/pki/attributes.ts';
import { credentialsIn } from '../../network/pki/credentials.ts';
import { DEVICE_DAYS, openDevicesAuthority } from '../../network/pki/devices.ts';
import { generateKeyPair, privateKeyPem, publicKeyDer, readPrivateKey } from '../../network/pki/keys.ts';
import { connectDevice } from '../harness/broker-connection.ts';
import { failureOf } from '../harness/failure.ts';
import { testHome } from '../harness/instance.ts';
import { makeActiveDevice, type TestDevice } from '../harness/test-device.ts';

const ADMIN = 'admin@manufacturer';
/** Ninety seconds ago: certificates are dated back by five minutes, as clocks differ. */
const JUST_EXPIRED = -90 / 86_400;

describe('somebody who is not who they say', function () {
  this.timeout(60_000);
  const home = testHome();
  let device: TestDevice;
  let owner: LedgerClient;

  before(async () => {
    owner = connectLedger(memberConnection(home, ADMIN));
    device = await makeActiveDevice(home, 'coveted');
  });
  after(() => {
    owner.close();
  });

  function authorityOf(name: OrganisationName): Authority {
    const { certificateFile, keyFile } = organisationCrypto(home, name).authority;
    return readAuthority(readFileSync(certificateFile, 'utf8'), readFileSync(keyFile, 'utf8'));
  }

  /** The certificate that a member of that name would have, but for what is asked otherwise. */
  async function certified(
    authority: Authority,
    mspId: string,
    request: Partial<CertificateRequest> = {},
  ): Promise<LedgerIdentity> {
    const keys = generateKeyPair();
    const certificate = await issueCertificate(authority, {
      commonName: 'mallory@manufacturer',
      organizationalUnit: 'client',
      attributes: { 'biot.role': 'admin', 'biot.tenants': '*' },
      days: 1,
      publicKey: publicKeyDer(keys.publicKey),
      ...request,
    });
    return { identity: { mspId, certificate }, signer: privateKeyPem(keys.privateKey) };
  }

  async function suspend(mallory: LedgerIdentity): Promise<void> {
    const client = owner.actingAs(mallory);
    try {
      await registryLedger(client).suspend(device.id, 'mine now');
    } finally {
      client.close();
    }
  }

  /** Before the contract is asked: Fabric knows nobody by such a certificate. */
  async function refusedByPeers(mallory: LedgerIdentity, why = 'access denied'): Promise<void> {
    const failure = await failureOf(suspend(mallory));
    expect(failure).to.include({ code: 'FORBIDDEN' });
    expect(String(failure)).to.include('does not accept the certificate');
    expect(inspect(failure, { depth: null })).to.include(why);
  }

  async function refusedByContract(mallory: LedgerIdentity): Promise<void> {
    expect(await failureOf(suspend(mallory))).to.include({ code: 'FORBIDDEN' });
  }

  it('would be let in with a certificate that holds, or this test would show nothing', async () => {
    await suspend(await certified(authorityOf('manufacturer'), 'ManufacturerMSP'));
    await registryLedger(owner).activate(device.id, 'back again');
  });

  it('is refused with a certificate that has expired', async () => {
    const expired = { days: JUST_EXPIRED };
    const mallory = await certified(authorityOf('manufacturer'), 'ManufacturerMSP', expired);
    await refusedByPeers(mallory, 'identity expired');
  });

  it('is refused with a role that an authority of their own has certified, whatever that is called', async () => {
    await refusedByPeers(await certified(await createAuthority('ca.manufacturer'), 'ManufacturerMSP'));
  });

  it('is refused with a role that was written over the certified one', async () => {
    const attributes = { 'biot.role': 'operator', 'biot.tenants': '*' };
    const mallory = await certified(authorityOf('manufacturer'), 'ManufacturerMSP', { attributes });
    await refusedByContract(mallory);
    const certificate = rewritten(mallory.identity.certificate, '"operator"', '"admin"   ');
    await refusedByPeers({ ...mallory, identity: { ...mallory.identity, certificate } });
  });

  it('is refused with the right role and the wrong organisation', async () => {
    await refusedByPeers(await certified(authorityOf('operator'), 'ManufacturerMSP'));
  });

  it('is refused under a name of another organisation', async () => {
    await refusedByContract(await certified(authorityOf('operator'), 'OperatorMSP'));
  });

  it('is refused without a role, as Fabric’s own administrator is', async () => {
    const request = { attributes: {}, organizationalUnit: 'admin' };
    await refusedByContract(await certified(authorityOf('manufacturer'), 'ManufacturerMSP', request));
  });
});

/** The certificate with other bytes of the same number in place of some. */
function rewritten(pem: string, from: string, to: string): string {
  const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
  der.write(to, der.indexOf(from));
  expect(readAttributes(certificateIn(der))).to.include({ 'biot.role': 'admin' });
  return certificateIn(der);
}

function certificateIn(der: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`;
}

describe('a machine that says it is a device', function () {
  this.timeout(60_000);
  const home = testHome();
  let device: TestDevice;
  before(async () => {
    device = await makeActiveDevice(home, 'mimicked');
  });

  /** Connects with the device's own key, certified by that authority. */
  async function connect(authority: Authority, days = DEVICE_DAYS): Promise<void> {
    const { certificateFile, keyFile } = credentialsIn(home.path('devices', device.id));
    const { publicKey } = readPrivateKey(readFileSync(keyFile, 'utf8'));
    const request = {
      commonName: device.id,
      usages: ['client'],
      publicKey: publicKeyDer(publicKey),
    } as const;
    writeFileSync(certificateFile, await issueCertificate(authority, { ...request, days }));
    await (await connectDevice(home, device.id)).end();
  }

  it('is let in with a certificate of the devices’ authority', () => connect(openDevicesAuthority(home)));

  it('is not with one of an authority of its own, of that name', async () => {
    const failure = await failureOf(connect(await createAuthority('BIoT-DM devices')));
    expect(String(failure)).to.include('unknown ca');
  });

  it('is not with one that has expired', async () => {
    const failure = await failureOf(connect(openDevicesAuthority(home), JUST_EXPIRED));
    expect(String(failure)).to.include('certificate expired');
  });
});
