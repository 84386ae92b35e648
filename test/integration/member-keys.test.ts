import { expect } from 'chai';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { connectLedger, type LedgerClient } from '../../network/ledger/client.ts';
import { memberConnection } from '../../network/ledger/member-connection.ts';
import { registryLedger } from '../../network/ledger/registry.ts';
import { statedBy } from '../../network/pki/members.ts';
import {
  ask,
  eventually,
  ownerPool,
  type Ran,
  runProgram,
  runScript,
  signIn,
  testHome,
} from '../harness/instance.ts';
import { membersOf, passwordIn } from '../harness/members.ts';
import { makeDevice, registrationOf } from '../harness/test-device.ts';

/** By the peers, and by the gateway as soon as it has heard of it. */
const REFUSED = /FORBIDDEN.*does not accept the certificate|UNAUTHENTICATED/;

/** Everything as the documentation tells people to do it. */
describe('a member with a key of their own', function () {
  this.timeout(180_000);
  const home = testHome();
  const folder = mkdtempSync(join(tmpdir(), 'biot-own-key-'));
  const members = membersOf(home);
  const registry = registryLedger(members.as('admin@operator'));
  const file = (name: string): string => join(folder, name);
  /** Of this run alone. */
  const run = Date.now().toString(36);
  const [nora, otto] = [`nora-${run}`, `otto-${run}`];
  let device: string;

  const enrolMember = (...args: string[]): Promise<Ran> =>
    runProgram('scripts/consortium/enrol-member.sh', ['--as', 'operator', ...args]);

  async function done(ran: Promise<Ran>): Promise<Ran> {
    const ended = await ran;
    expect(ended.code, ended.error).to.equal(0);
    return ended;
  }

  async function askWithOwnKey(name: string): Promise<void> {
    const curve = ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'];
    await done(runProgram('openssl', ['genpkey', ...curve, '-out', file(`${name}.key`)]));
    const what = ['-key', file(`${name}.key`), '-subj', `/CN=${name}@operator`, '-out', file(`${name}.csr`)];
    await done(runProgram('openssl', ['req', '-new', ...what]));
  }

  const certify = (name: string, ...more: string[]): Promise<Ran> =>
    enrolMember(
      ...['--name', name, '--role', 'admin', '--tenants', 'demo', '--csr', file(`${name}.csr`), ...more],
    );

  const sign = (name: string, ...change: string[]): Promise<Ran> =>
    runScript(
      'sign',
      ...change,
      ...['--key', file(`${name}.key`), '--cert', file(`${name}.pem`), '--yes', '--json'],
    );

  before(async () => {
    for (const name of [nora, otto]) {
      await askWithOwnKey(name);
      await done(certify(name, '--out', file(`${name}.pem`)));
    }
    const made = await makeDevice(home, 'own-key');
    device = made.id;
    await registry.register([registrationOf(made)]);
    await registry.activate(device, 'mounted');
  });

  after(() => {
    members.close();
    rmSync(folder, { recursive: true });
  });

  it('gets a certificate for it, and nothing of them is in the database', async () => {
    const printed = await done(certify(nora));
    expect(printed.error).to.include(`${nora}@operator has a certificate: admin of demo`);
    for (const certificate of [printed.out, readFileSync(file(`${nora}.pem`), 'utf8')]) {
      expect(new X509Certificate(certificate).subject).to.equal(`OU=client\nCN=${nora}@operator`);
      expect(statedBy(certificate)).to.deep.include({ role: 'admin', tenants: ['demo'] });
    }
    const pool = ownerPool(home);
    const rows: unknown = await pool.query('SELECT name FROM members WHERE name = ?', [`${nora}@operator`]);
    await pool.end();
    expect(rows).to.deep.equal([]);
  });

  it('gets none by the request of somebody else, nor with other rights than they are enrolled with', async () => {
    const borrowed = await enrolMember(
      ...['--name', otto, '--role', 'admin', '--tenants', 'demo', '--csr', file(`${nora}.csr`)],
    );
    expect(borrowed.error).to.include(`the request is that of ${nora}@operator`);
    await done(
      runProgram('openssl', [
        ...['req', '-new', '-key', file(`${nora}.key`), '-subj', '/O=nobody', '-out', file('nameless.csr')],
      ]),
    );
    const words = ['--tenants', 'demo', '--csr', file('nameless.csr')];
    const taken = await enrolMember('--name', otto, '--role', 'admin', ...words);
    expect(taken.error).to.include('KEY_TAKEN').and.to.include(`${nora}@operator`);
    const risen = await enrolMember('--name', 'operator', '--role', 'admin', ...words);
    expect(risen.error).to.include('operator@operator is enrolled as operator of demo');
    expect([borrowed, taken, risen].map(({ code, out }) => [code, out])).to.deep.equal([
      [1, ''],
      [1, ''],
      [1, ''],
    ]);
  });

  it('signs with it', async () => {
    await done(sign(nora, 'device', 'suspend', device, '--reason', 'a pause'));
    expect(await registry.get(device)).to.include({ status: 'suspended', by: `${nora}@operator` });
  });

  describe('that is revoked', () => {
    const revoke = (...which: string[]): Promise<Ran> =>
      runProgram('scripts/consortium/revoke-member.sh', which);

    it('cannot be what the platform acts with, nor by another organisation', async () => {
      const service = await revoke('--as', 'operator', '--name', 'gateway');
      expect(service.error).to.include('FORBIDDEN');
      const foreign = await revoke('--as', 'manufacturer', '--cert', file(`${nora}.pem`));
      expect(foreign.error).to.include('no certificate of a member of manufacturer');
      expect([service.code, foreign.code]).to.deep.equal([1, 1]);
    });

    it('changes nothing more, by the first step that asks peers; others of the organisation go on', async () => {
      const removed = await done(enrolMember('--name', nora, '--remove'));
      expect(removed.out).to.include(`revoke-member.sh --as operator --name ${nora}@operator`);
      await done(sign(nora, 'device', 'activate', device, '--reason', 'only revoking ends it'));

      const revoked = await done(revoke('--as', 'operator', '--name', nora));
      expect(revoked.out).to.equal('registry: changed\nanchors: changed\n');

      const refused = await sign(nora, 'device', 'suspend', device, '--reason', 'after all');
      expect(refused.code).to.equal(1);
      expect(refused.error).to.match(REFUSED);
      expect(await registry.get(device)).to.include({ status: 'active' });
      await done(sign(otto, 'device', 'suspend', device, '--reason', 'not hindered'));
      expect(await registry.get(device)).to.include({ status: 'suspended', by: `${otto}@operator` });
    });

    it('signs in at the gateway no more either, and what sessions there were end', async () => {
      const name = `pia-${run}@operator`;
      const password = passwordIn(
        await enrolMember('--name', name, '--role', 'auditor', '--tenants', 'demo'),
      );
      const token = await signIn(home, name, password);
      const [here, stays] = [token, await signIn(home, 'operator@operator')];
      const status = async (bearer: string): Promise<number> =>
        (await ask(home, '/api/v1/auth/me', { token: bearer })).status;
      await done(revoke('--as', 'operator', '--name', name));
      await eventually(async () => (await status(here)) === 401, 'the end of the session');
      const again = await ask(home, '/api/v1/auth/sign-in', { method: 'POST', body: { name, password } });
      expect(again.body).to.include({ status: 403, code: 'FORBIDDEN' });
      expect(await status(stays)).to.equal(200);

      const renewed = passwordIn(await enrolMember('--name', name, '--renew'));
      expect(await status(await signIn(home, name, renewed)), 'with a new key').to.equal(200);
      await done(enrolMember('--name', name, '--remove'));
    });

    it('reads nothing more from a peer either, on no channel', async () => {
      for (const channel of ['registry', 'anchors'] as const) {
        const [gone, present] = [nora, otto].map((name) => ledgerAs(name));
        expect(await present!.height(channel)).to.be.greaterThan(0);
        const refused = await gone!.height(channel).catch((error: unknown) => error);
        expect(refused).to.have.property('code', 'LEDGER_EVALUATE_FAILED');
        gone!.close();
        present!.close();
      }
    });

    it('is revoked once, and joined on the list by the next', async () => {
      const again = await done(revoke('--as', 'operator', '--name', nora));
      expect(again.out).to.equal('registry: it is so already\nanchors: it is so already\n');
      const next = await done(revoke('--as', 'operator', '--cert', file(`${otto}.pem`)));
      expect(next.out).to.equal('registry: changed\nanchors: changed\n');
      for (const name of [nora, otto]) {
        const refused = await sign(name, 'device', 'activate', device, '--reason', 'after all');
        expect(refused.error, name).to.match(REFUSED);
      }
    });
  });

  function ledgerAs(name: string): LedgerClient {
    const [certificate, privateKey] = ['pem', 'key'].map((kind) =>
      readFileSync(file(`${name}.${kind}`), 'utf8'),
    );
    const identity = { mspId: 'OperatorMSP', certificate: certificate! };
    return connectLedger({
      ...memberConnection(home, 'admin@operator'),
      identity,
      signer: privateKey!,
    });
  }
});
