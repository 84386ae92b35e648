import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createPublicKey, verify } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { codeId, newCode, readCode } from '../../chaincode/protocol/onboarding/code.ts';
import { createAuthority, issueCertificate } from '../../network/pki/authority.ts';
import {
  generateKeyPair,
  type KeyPair,
  privateKeyPem,
  publicKeyDer,
  publicKeyPem,
} from '../../network/pki/keys.ts';
import { describe as proposalOf } from '../../network/signing/proposal.ts';
import { printable, printableLine } from '../cli/printable.ts';
import { proposalText } from './confirm.ts';
import { requestedAction, usageLines } from './requested-action.ts';
import { readSigningKey } from './signing-key.ts';

describe('the command line that signs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'biot-sign-'));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  function write(name: string, content: string): string {
    const file = join(folder, name);
    writeFileSync(file, content);
    return file;
  }

  describe('reads what is asked for', () => {
    const { publicKey } = generateKeyPair();
    const key = publicKeyPem(publicKey);
    const action = (line: string, options = {}) => requestedAction(line.split(' '), options).action;

    it('from words and options', () => {
      expect(action('device revoke press-07', { reason: 'stolen' })).to.deep.equal({
        channel: 'registry',
        contract: 'DeviceContract',
        method: 'Revoke',
        arguments: ['press-07', 'stolen'],
      });
      expect(action('device transfer press-07 AuditorMSP', { reason: 'sold' }).arguments).to.deep.equal([
        'press-07',
        'AuditorMSP',
        'sold',
      ]);
    });

    it('from files', () => {
      const devices = [{ id: 'press-07', tenant: 'acme', type: 'press', publicKey: key }];
      const list = write('devices.json', JSON.stringify(devices, null, 2));
      expect(action(`device register ${list}`).arguments).to.deep.equal([JSON.stringify(devices)]);
      const pem = write('public.pem', key);
      expect(action(`device rotate-key press-07 ${pem}`).arguments).to.deep.equal(['press-07', key, '']);
    });

    it('with a code that is made here, of which the ledger gets the hash', () => {
      const draft = {
        device: { id: 'press-07', tenant: 'acme', type: 'press' },
        expiresAt: '2026-01-01T00:00:00Z',
      };
      const claim = write('claim.json', JSON.stringify(draft));
      const { action: made, code = '' } = requestedAction(['claim', 'create', claim], {});
      expect(made.arguments).to.have.length(1);
      expect(JSON.parse(made.arguments[0]!)).to.deep.equal({ id: codeId(readCode(code)), ...draft });
      expect(requestedAction(['claim', 'create', claim], {}).code).to.not.equal(code);
      expect(requestedAction('device revoke press-07'.split(' '), { reason: 'x' })).to.not.have.property(
        'code',
      );
    });

    it('takes the code of a voucher from elsewhere than the command line', () => {
      const line = ['voucher', 'redeem', write('acceptance.json', '{"tenant":"works"}')];
      const { code: spentCode } = newCode();
      const redeeming = requestedAction(line, { spentCode });
      expect(redeeming.action).to.deep.include({ arguments: ['{"tenant":"works"}'], code: spentCode });
      expect(redeeming).to.not.have.property('code');
      expect(() => requestedAction(line, {})).to.throw('BIOT_CODE');
      const other = requestedAction('device revoke press-07'.split(' '), { reason: 'x', spentCode });
      expect(other.action).to.not.have.property('code');
    });

    it('and says what is wrong with it', () => {
      const wrong: [string, object, string][] = [
        ['', {}, 'expected one of'],
        ['device explode press-07', {}, 'device revoke DEVICE --reason TEXT'],
        ['device revoke', { reason: 'x' }, 'DEVICE is missing'],
        ['device revoke press-07', {}, 'a reason is needed'],
        ['device revoke press-07 press-08', { reason: 'x' }, 'does not take "press-08"'],
        [`device register ${write('broken.json', '[')}`, {}, 'is not JSON'],
        [`device register ${join(folder, 'absent.json')}`, {}, 'cannot read'],
        [`voucher create ${write('list.json', '[]')}`, {}, 'voucher create, the voucher'],
      ];
      for (const [line, options, message] of wrong)
        expect(() => action(line, options), line)
          .to.throw(message)
          .with.property('code', 'INVALID_ARGUMENT');
    });

    it('and documents each change', () => {
      expect(usageLines()).to.include('device rotate-key DEVICE PUBLIC-KEY.pem [--until INSTANT]');
    });
  });

  describe('signs with a key from a file', () => {
    let keys: KeyPair;
    let certificate: string;

    before(async () => {
      keys = generateKeyPair();
      const issued = await issueCertificate(await createAuthority('ca.operator'), {
        commonName: 'olga@operator',
        organizationalUnit: 'client',
        publicKey: publicKeyDer(keys.publicKey),
        days: 1,
      });
      certificate = write('cert.pem', issued);
    });

    const read = (key: string, passphrase?: string) =>
      readSigningKey({ key: write('key.pem', key), certificate, msp: undefined, passphrase });

    it('that is the certificate’s, for the organisation in its name', async () => {
      const { name, signatory, sign } = read(privateKeyPem(keys.privateKey));
      expect(name).to.equal('olga@operator');
      expect(signatory.mspId).to.equal('OperatorMSP');
      const bytes = Buffer.from('a proposal');
      const publicKey = createPublicKey(signatory.certificate);
      expect(verify('sha256', bytes, publicKey, await sign(bytes))).to.equal(true);
    });

    it('which may be encrypted', () => {
      const encrypted = keys.privateKey
        .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open' })
        .toString();
      expect(read(encrypted, 'open').name).to.equal('olga@operator');
      expect(() => read(encrypted)).to.throw('BIOT_KEY_PASSPHRASE');
    });

    it('and no other, nor says what stands in a file that holds none', () => {
      expect(() => read(privateKeyPem(generateKeyPair().privateKey))).to.throw(
        'is not that of the certificate',
      );
      expect(() => read('my secret'))
        .to.throw()
        .and.to.satisfy((error: Error) => !error.message.includes('my secret') && error.cause === undefined);
    });
  });

  it('shows what is signed', () => {
    const proposal = proposalOf({
      action: {
        channel: 'registry',
        contract: 'DeviceContract',
        method: 'Revoke',
        arguments: ['press-07', 'stolen'],
      },
      signatory: { mspId: 'OperatorMSP', certificate: 'a certificate' },
      nonce: new Uint8Array(24),
      time: { seconds: 1_700_000_000, nanoseconds: 5_000_000 },
    });
    const text = proposalText(proposal, 'olga@operator');
    expect(text).to.include('device revoke. It has the device’s messages refused for good.');
    expect(text).to.include('the device’s id: press-07');
    expect(text).to.include('signed by: olga@operator (OperatorMSP)');
    expect(text).to.include('at: 2023-11-14T22:13:20.005Z');
    expect(text).to.match(/^[\P{C}\n]+$/u);
  });

  it('lets nothing through that repaints the screen, nor a line that somebody else seems to have said', () => {
    expect(printable('a\u001b[2K\r\u202eb\n')).to.equal('a\\u{1b}[2K\\u{d}\\u{202e}b\n');
    expect(printableLine('a\nb')).to.equal('a\\u{a}b');
  });
});
