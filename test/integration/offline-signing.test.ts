import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

import { deviceSchema } from '../../chaincode/protocol/device.ts';
import { proposalSchema } from '../../chaincode/protocol/policy/proposal.ts';
import type { Rule } from '../../chaincode/protocol/policy/rule.ts';
import { organisationCrypto } from '../../network/fabric/crypto-paths.ts';
import type { OrganisationName } from '../../network/home/organisations.ts';
import { GENERIC } from '../../network/initial-types.ts';
import { policyLedger } from '../../network/ledger/policies.ts';
import { type RegistryLedger, registryLedger } from '../../network/ledger/registry.ts';
import { issueCertificate } from '../../network/pki/authority.ts';
import { openAuthority } from '../../network/pki/credentials.ts';
import { generateKeyPair, privateKeyPem, publicKeyDer, publicKeyPem } from '../../network/pki/keys.ts';
import { fromBase64, toBase64 } from '../../network/signing/base64.ts';
import { ask, lastJson, ownerPool, type Ran, runScript, testHome } from '../harness/instance.ts';
import { membersOf } from '../harness/members.ts';
import { type StandInGateway, standInGateway } from '../harness/stand-in-gateway.ts';

const outcomeSchema = z.object({
  transaction: z.string(),
  block: z.number(),
  result: z.unknown(),
});

/** What a stolen gateway does with an answer of the real one. */
type Tampering = (path: string, body: object, honest: (body: object) => Promise<object>) => Promise<object>;

/** People whose keys no server has: certified by their organisations' authorities for this test, kept beside it. */
describe('changes signed away from the gateway', function () {
  this.timeout(120_000);
  const home = testHome();
  const folder = mkdtempSync(join(tmpdir(), 'biot-offline-'));
  const members = membersOf(home);
  const registry: RegistryLedger = registryLedger(members.as('admin@operator'));
  const device = `offline-${Date.now().toString(36)}`;
  const file = (name: string): string => join(folder, name);

  /** @returns the options by which the command line signs as this person */
  async function enrol(name: string, organisation: OrganisationName): Promise<string[]> {
    const { privateKey, publicKey } = generateKeyPair();
    const authority = openAuthority(organisationCrypto(home, organisation).authority);
    const certificate = await issueCertificate(authority, {
      commonName: name,
      organizationalUnit: 'client',
      publicKey: publicKeyDer(publicKey),
      attributes: { 'biot.role': 'admin', 'biot.tenants': '*' },
      days: 1,
    });
    writeFileSync(file(`${name}.key`), privateKeyPem(privateKey), { mode: 0o600 });
    writeFileSync(file(`${name}.pem`), certificate);
    return ['--key', file(`${name}.key`), '--cert', file(`${name}.pem`), '--yes', '--json'];
  }

  const OLGA = 'olga@operator';
  let olga: string[];
  let martin: string[];

  before(async () => {
    olga = await enrol(OLGA, 'operator');
    martin = await enrol('martin@manufacturer', 'manufacturer');
    const { publicKey } = generateKeyPair();
    writeFileSync(
      file('devices.json'),
      JSON.stringify([{ id: device, tenant: 'acme', type: GENERIC, publicKey: publicKeyPem(publicKey) }]),
    );
  });

  after(() => {
    members.close();
    rmSync(folder, { recursive: true });
  });

  const sign = (...args: string[]): Promise<Ran> => runScript('sign', ...args);

  async function signed(...args: string[]): Promise<z.infer<typeof outcomeSchema>> {
    const ran = await sign(...args);
    expect(ran.error, ran.error).to.include('About to be signed').and.not.include('PREPARED_DIFFERS');
    expect(ran.code, ran.error).to.equal(0);
    return lastJson(ran.out, outcomeSchema);
  }

  it('are the person’s own on the ledger, with a key that no server holds', async () => {
    const { result } = await signed('device', 'register', file('devices.json'), ...olga);
    expect(z.array(deviceSchema).parse(result)[0]).to.include({ id: device, org: 'OperatorMSP', by: OLGA });
    const { transaction, block } = await signed('device', 'activate', device, '--reason', 'mounted', ...olga);

    const [latest] = await registry.history(device);
    expect(latest).to.include({ transaction });
    expect(latest?.device).to.include({ status: 'active', by: OLGA, reason: 'mounted' });
    const place = await members.as('admin@operator').transactionBlock('registry', transaction);
    expect(place).to.deep.equal({ block, valid: true });

    const pool = ownerPool(home);
    const rows: unknown = await pool.query('SELECT name FROM members WHERE name = ?', [OLGA]);
    await pool.end();
    expect(rows).to.deep.equal([]);
  });

  it('are refused by the contract with its words', async () => {
    const ran = await sign('device', 'activate', device, '--reason', 'once more', ...olga);
    expect(ran.code).to.equal(1);
    expect(ran.error).to.include('TRANSITION_ILLEGAL');
    const foreign = await sign('device', 'revoke', device, '--reason', 'not mine', ...martin);
    expect(foreign.error).to.include('FORBIDDEN');
  });

  it('decide on policies', async () => {
    const rule: Rule = {
      id: `hand-suspends-${device}`,
      effect: 'allow',
      description: 'Of a test',
      who: { members: ['operator@operator'] },
      actions: ['device:suspend'],
      what: { devices: [device] },
      when: {},
    };
    writeFileSync(file('put.json'), JSON.stringify({ put: [rule], remove: [] }));
    writeFileSync(file('remove.json'), JSON.stringify({ put: [], remove: [rule.id] }));
    const { result } = await signed('policy', 'propose', file('put.json'), '--reason', 'a test', ...olga);
    const { id } = proposalSchema.parse(result);
    const approval = await sign('policy', 'approve', id, ...martin);
    expect(approval.code, approval.error).to.equal(0);
    expect(approval.error).to.include('The peers endorsed this').and.to.include(rule.id);
    const decided = await policyLedger(members.as('admin@operator'), 'registry').proposal(id);
    expect(decided.proposed.name).to.equal(OLGA);
    expect(decided.decided?.name).to.equal('martin@manufacturer');
    const removed = await signed('policy', 'propose', file('remove.json'), '--reason', 'over', ...olga);
    expect(proposalSchema.parse(removed.result).status).to.equal('applied');
  });

  describe('by a gateway that was stolen', () => {
    let thief: StandInGateway;
    let place: string[];
    let tampering: Tampering;

    before(async () => {
      thief = await standInGateway(async (path, sent) => {
        let status = 200;
        const forward = async (body: object): Promise<object> => {
          const answer = await ask(home, path, { method: 'POST', body });
          ({ status } = answer);
          return z.looseObject({}).parse(answer.body);
        };
        const answer = await tampering(path, z.looseObject({}).parse(sent), forward);
        return { status, text: JSON.stringify(answer) };
      });
      writeFileSync(file('thief.pem'), thief.authority);
      place = ['--gateway', thief.url, '--authority', file('thief.pem')];
    });

    after(() => {
      thief.close();
    });

    /** Suspends the device through the thief. */
    const suspend = (): Promise<Ran> =>
      sign('device', 'suspend', device, '--reason', 'a pause', ...olga, ...place);

    const at =
      (step: string, change: Tampering): Tampering =>
      (path, body, honest) =>
        path.endsWith(`/${step}`) ? change(path, body, honest) : honest(body);

    const preparingInstead =
      (other: object): Tampering =>
      (_path, body, honest) =>
        honest({ ...body, ...other });

    const changing =
      (field: string, change: (bytes: Uint8Array) => Uint8Array): Tampering =>
      async (_path, body, honest) => {
        const answer = z.record(z.string(), z.string()).parse(await honest(body));
        return { [field]: toBase64(change(fromBase64(answer[field] ?? ''))) };
      };

    const appended = (bytes: Uint8Array): Uint8Array => Uint8Array.of(...bytes, 0x52, 0x00);

    it('are not signed when they are not what was asked for', async () => {
      const attempts: [string, Tampering][] = [
        ['its method is "Revoke"', at('proposals', preparingInstead({ method: 'Revoke' }))],
        [
          'its argument 1 is "other-device"',
          at('proposals', preparingInstead({ arguments: ['other-device', 'a pause'] })),
        ],
        ['its argument 2', at('proposals', preparingInstead({ arguments: [device, 'another reason'] }))],
        ['the proposal cannot be understood', at('proposals', changing('proposal', appended))],
        ['the transaction cannot be understood', at('endorsements', changing('transaction', appended))],
      ];
      for (const [difference, attempt] of attempts) {
        tampering = attempt;
        const ran = await suspend();
        expect(ran.error).to.include('PREPARED_DIFFERS').and.to.include(difference);
        expect(ran.code).to.equal(1);
        expect((await registry.get(device)).status, difference).to.equal('active');
      }
    });

    it('are not signed when the transaction is that of an earlier proposal', async () => {
      const kept: object[] = [];
      tampering = async (path, body, honest) => {
        if (!path.endsWith('/endorsements')) return honest(body);
        kept.push(await honest(body));
        return kept[0] ?? {};
      };
      // The first is endorsed, and the thief keeps what came of it until the second time.
      const [first, second] = [{ ...(await suspendUpTo('endorsements')) }, await suspend()];
      expect(first.code).to.equal(1);
      expect(second.error).to.include('PREPARED_DIFFERS').and.to.include('another id or time');
      expect((await registry.get(device)).status).to.equal('active');

      async function suspendUpTo(step: string): Promise<Ran> {
        const through = tampering;
        tampering = async (path, body, honest) => {
          const answer = await through(path, body, honest);
          return path.endsWith(`/${step}`) ? {} : answer;
        };
        const ran = await suspend();
        tampering = through;
        return ran;
      }
    });

    it('are signed when it is honest after all', async () => {
      tampering = (_path, body, honest) => honest(body);
      const ran = await suspend();
      expect(ran.code, ran.error).to.equal(0);
      expect((await registry.get(device)).status).to.equal('suspended');
      await signed('device', 'revoke', device, '--reason', 'a test is over', ...olga);
    });
  });
});
