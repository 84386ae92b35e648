/** Where the key of a signed-in person is, and where it is not. */
import { expect } from 'chai';
import { createDecipheriv, createPrivateKey, createPublicKey, verify } from 'node:crypto';
import request from 'supertest';

import type { LedgerClient, LedgerIdentity } from '../../network/ledger/client.ts';
import type { StoredMember } from '../../sql/queries/members.ts';
import { codeOf } from '../../test/harness/failure.ts';
import { memberLedgers } from '../member-ledgers.ts';
import { Metrics } from '../metrics.ts';
import { textAt } from '../testing/answers.ts';
import { type TestGateway, testGateway } from '../testing/gateway.ts';
import type { TestMember } from '../testing/members.ts';
import { openKey } from './sealed-key.ts';
import { SESSION_LIMITS, Sessions } from './sessions.ts';

describe('the key of a signed-in person', () => {
  let gateway: TestGateway;
  let person: TestMember;
  let row: StoredMember;

  beforeEach(async () => {
    gateway = await testGateway();
    person = gateway.people.adminOperator;
    row = gateway.store.memberRows.get(person.name)!;
  });

  /** The forms in which a key could be found somewhere. */
  function formsOf({ privateKey }: TestMember): string[] {
    const key = createPrivateKey(privateKey);
    const { d = '' } = key.export({ format: 'jwk' });
    const scalar = Buffer.from(d, 'base64url');
    const [, body = ''] = privateKey.split('\n');
    return [body, d, scalar.toString('hex'), scalar.toString('base64'), 'PRIVATE KEY'];
  }

  describe('in a stolen database', () => {
    it('is in no column as it is', () => {
      for (const form of formsOf(person)) expect(JSON.stringify(row)).to.not.include(form);
    });

    it('is opened by nothing else that the database has', async () => {
      const other = gateway.store.memberRows.get('auditor@auditor')!;
      const parts = [...row.passwordHash.split('$'), ...row.sealedKey.split('.')];
      for (const guess of [
        row.passwordHash,
        row.sealedKey,
        row.certificate,
        other.passwordHash,
        ...parts,
        '',
      ]) {
        expect(await codeOf(openKey(person.name, row.sealedKey, guess)), guess).to.equal('STORE_CORRUPT');
      }
    });

    it('is sealed under another key than what is stored for checking the password', () => {
      const [, , nonce = '', text = '', tag = ''] = row.sealedKey.split('.');
      const checked = Buffer.from(row.passwordHash.split('$').at(-1) ?? '', 'base64');
      expect(checked).to.have.lengthOf(32);
      const decipher = createDecipheriv('aes-256-gcm', checked, Buffer.from(nonce, 'base64url'))
        .setAAD(Buffer.from(`biot-sealed-key-1:${person.name}`))
        .setAuthTag(Buffer.from(tag, 'base64url'));
      decipher.update(Buffer.from(text, 'base64url'));
      expect(() => decipher.final()).to.throw();
    });
  });

  describe('in memory', () => {
    const message = Buffer.from('a proposal');
    let identity: LedgerIdentity;

    /** A session on a ledger that only notes who it is to act as. */
    function open(sessions: Sessions): string {
      const service: Pick<LedgerClient, 'actingAs'> = {
        actingAs(member) {
          identity = member;
          return { close: () => undefined } as LedgerClient;
        },
      };
      const { name, certificate, privateKey } = person;
      const subject = { name, org: 'OperatorMSP', role: 'admin', tenants: '*' } as const;
      return sessions.open(
        subject,
        memberLedgers(service, new Metrics())({ subject, certificate, privateKey }),
      ).session.id;
    }

    async function signature(): Promise<Uint8Array> {
      if (typeof identity.signer === 'string') throw new Error('the key itself was handed on');
      return identity.signer(message);
    }

    async function refusal(): Promise<unknown> {
      return codeOf(signature());
    }

    it('signs while the session lives, for whoever holds the session', async () => {
      open(new Sessions(() => gateway.now()));
      const publicKey = createPublicKey(person.certificate);
      expect(verify('sha256', message, publicKey, await signature())).to.equal(true);
    });

    it('is gone after sign-out', async () => {
      const sessions = new Sessions(() => gateway.now());
      sessions.end(open(sessions));
      expect(await refusal()).to.equal('TOKEN_EXPIRED');
    });

    it('is gone when the session was not used for its time, or is as old as sessions become', async () => {
      for (const ms of [SESSION_LIMITS.idleMs, SESSION_LIMITS.absoluteMs]) {
        const sessions = new Sessions(() => gateway.now());
        open(sessions);
        gateway.pass(ms);
        sessions.sweep();
        expect(await refusal(), String(ms)).to.equal('TOKEN_EXPIRED');
      }
    });

    it('is gone when the gateway stops', async () => {
      const sessions = new Sessions(() => gateway.now());
      open(sessions);
      sessions.endAll();
      expect(await refusal()).to.equal('TOKEN_EXPIRED');
    });
  });

  describe('in the log', () => {
    it('is not, and neither is a password nor a token, whatever happens', async () => {
      const { name, password } = person;
      const post = (path: string, body: object) => request(gateway.app).post(`/api/v1${path}`).send(body);
      const signedIn = await post('/auth/sign-in', { name, password });
      const token = textAt(signedIn, 'accessToken');
      const cookie = [signedIn.headers['set-cookie'] ?? ''].flat().join();
      await post('/auth/sign-in', { name, password: `${password} not` });
      await post('/auth/sign-in', { name, password, [password]: password });
      await request(gateway.app).get(`/api/v1/auth/me`).set('Authorization', `Bearer ${token}x`);
      gateway.store.memberRows.set(name, { ...row, sealedKey: row.sealedKey.slice(0, -4) });
      expect((await post('/auth/sign-in', { name, password })).status).to.equal(500);
      gateway.store.memberRows.set(name, { ...row, certificate: gateway.people.auditor.certificate });
      expect((await post('/auth/sign-in', { name, password })).status).to.equal(500);

      const log = gateway.logLines.join('');
      expect(log).to.include('request').and.to.include('STORE_CORRUPT');
      const secrets = [
        password,
        token,
        /=([^;]+)/.exec(cookie)?.[1] ?? 'no cookie',
        row.passwordHash,
        row.sealedKey,
        ...formsOf(person),
      ];
      for (const secret of secrets) expect(log).to.not.include(secret);
    });
  });
});
