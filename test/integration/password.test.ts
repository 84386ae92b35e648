import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { expect } from 'chai';

import { writeFileAtomically } from '../../network/home/files.ts';
import { GENERIC } from '../../network/initial-types.ts';
import { signInFile } from '../../scripts/platform/addresses.ts';
import { listedSignIns } from '../../scripts/platform/demo-people.ts';
import {
  type Answer,
  ask,
  passwordOf,
  runScript,
  signIn,
  startAgain,
  testHome,
} from '../harness/instance.ts';
import { enrolMember, passwordIn } from '../harness/members.ts';
import { makeDevice } from '../harness/test-device.ts';

const NEXT = 'the next one, with blanks';

describe('a password that its person changes', function () {
  this.timeout(180_000);
  const home = testHome();

  const post = (path: string, body: object, token?: string): Promise<Answer> =>
    ask(home, `/api/v1${path}`, { method: 'POST', body, ...(token !== undefined && { token }) });
  const change = async (token: string, current: string, next: string): Promise<number> =>
    (await post('/auth/password', { current, next }, token)).status;
  const signInStatus = async (name: string, password: string): Promise<number> =>
    (await post('/auth/sign-in', { name, password })).status;
  const meStatus = async (token: string): Promise<number> =>
    (await ask(home, '/api/v1/auth/me', { token })).status;

  describe('of an enrolled member', () => {
    const name = `pia-${randomBytes(3).toString('hex')}@operator`;
    const words = ['--as', 'operator', '--name', name];
    let first: string;

    before(async () => {
      first = passwordIn(await enrolMember(...words, '--role', 'admin', '--tenants', '*'));
    });
    after(() => enrolMember(...words, '--remove'));

    /** Registering is signed with the person's own key. */
    async function registers(token: string): Promise<number> {
      const { id, publicKey } = await makeDevice(home, 'password');
      const registration = { id, publicKey, tenant: 'acme', type: GENERIC };
      return (await post('/devices', { devices: [registration] }, token)).status;
    }

    it('opens the same key, and ends the other sessions', async () => {
      const [here, elsewhere] = [await signIn(home, name, first), await signIn(home, name, first)];
      expect(await change(here, 'a guess of somebody', NEXT)).to.equal(400);
      expect(await change(here, first, NEXT)).to.equal(204);
      expect([await meStatus(here), await meStatus(elsewhere)]).to.deep.equal([200, 401]);
      expect(await registers(here)).to.equal(201);
      expect(await signInStatus(name, first)).to.equal(401);
      expect(await registers(await signIn(home, name, NEXT))).to.equal(201);
    });

    it('is replaced when the member is renewed', async () => {
      const renewed = passwordIn(await enrolMember(...words, '--renew'));
      expect(await signInStatus(name, NEXT)).to.equal(401);
      expect(await registers(await signIn(home, name, renewed))).to.equal(201);
    });
  });

  describe('of one of the demo’s people', () => {
    const name = 'auditor@auditor';
    let list: string;
    let first: string;
    const listed = (): string[] => listedSignIns(home).map((person) => person.name);

    before(() => {
      list = readFileSync(signInFile(home), 'utf8');
      first = passwordOf(home, name);
    });
    after(async () => {
      await change(await signIn(home, name, NEXT), NEXT, first);
      writeFileAtomically(signInFile(home), list);
    });

    it('is in the list of sign-ins no more when that is asked for', async () => {
      const token = await signIn(home, name, first);
      expect(await change(token, first, NEXT)).to.equal(204);
      expect(listed()).to.include(name);
      for (const options of [[], ['--json']]) {
        writeFileAtomically(signInFile(home), list);
        expect((await runScript('status', ...options)).code).to.equal(0);
        expect(listed()).to.deep.equal(['admin@manufacturer', 'admin@operator', 'operator@operator']);
      }
    });

    it('stays when everything is started again, also from a list that has the former one', async () => {
      writeFileAtomically(signInFile(home), list);
      await startAgain();
      expect(listed()).to.not.include(name);
      expect(await signInStatus(name, first)).to.equal(401);
      expect(await signInStatus(name, NEXT)).to.equal(200);
    });
  });
});
