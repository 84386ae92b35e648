import { generateKeyPairSync, type KeyObject } from 'node:crypto';

import { expect } from 'chai';
import fc from 'fast-check';

import type { Registration } from '../../chaincode/protocol/device.ts';
import { publicKeyDer, publicKeyPem } from '../pki/keys.ts';
import { type ImportFormat, type Survey, surveyFile } from './survey.ts';
import { csvOf, quoted } from './testing/csv-file.ts';
import { keyOf } from './testing/ledger.ts';

const key = keyOf(0).publicKey;

/** As base64: another one for each number. */
function der(index: number): string {
  return keyOf(index).publicKey.replaceAll(/-----[A-Z ]+-----|\n/g, '');
}

const DER = der(0);
const HEADER = 'id,tenant,type,public_key,groups,tags';

function registration(id: string, fields: Partial<Registration> = {}): Registration {
  return { id, tenant: 'acme', type: 'press', publicKey: key, groups: [], tags: {}, ...fields };
}

function survey(text: string, format: ImportFormat = 'csv'): Promise<Survey> {
  return surveyFile(Buffer.from(text), format);
}

/** `line column code` of each problem. */
async function places(text: string, format: ImportFormat = 'csv'): Promise<string[]> {
  const { problems } = await survey(text, format);
  return problems.listed.map(({ line, column, code }) => `${line} ${column ?? '-'} ${code}`);
}

describe('a look at a file of devices', () => {
  it('finds in a CSV what was put into it', async () => {
    const label = fc.stringMatching(/^[a-z0-9]{1,8}$/);
    const value = fc
      .string({ unit: fc.constantFrom('a', 'Ä', ',', '"', '=', ' '), minLength: 1, maxLength: 20 })
      .map((text) => text.trim())
      .filter((text) => text !== '');
    const device = fc.record({
      id: fc.stringMatching(/^[a-z0-9]([a-z0-9_-]{0,20}[a-z0-9])?$/),
      tenant: label,
      type: label,
      groups: fc.uniqueArray(label, { maxLength: 4 }),
      tags: fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/), value, { maxKeys: 4 }),
    });
    const devices = fc.uniqueArray(device, { maxLength: 8, selector: ({ id }) => id });
    const style = fc.record({ lineEnd: fc.constantFrom('\n', '\r\n'), mark: fc.constantFrom('', '\uFEFF') });
    await fc.assert(
      fc.asyncProperty(devices, style, fc.boolean(), async (some, { lineEnd, mark }, all) => {
        const registrations = some.map((fields, index) => ({ ...fields, publicKey: keyOf(index).publicKey }));
        const text = csvOf(registrations, { lineEnd, ...(all ? { write: quoted } : {}) });
        const { rows, entries, problems } = await survey(mark + text);
        expect(problems.listed).to.deep.equal([]);
        expect(rows).to.equal(some.length);
        expect(entries.map((entry) => entry.registration)).to.deep.equal(registrations);
      }),
    );
  });

  it('takes columns in any order, and without labels', async () => {
    const { entries, problems } = await survey(`Type, public_key ,ID,tenant\npress,${DER},press-07,acme\n`);
    expect(problems.listed).to.deep.equal([]);
    const [entry] = entries;
    expect(entry?.registration).to.include({ id: 'press-07', tenant: 'acme', type: 'press' });
    expect(entry?.registration.publicKey).to.match(/^-----BEGIN PUBLIC KEY-----\n/);
  });

  it('takes a key as PEM on one line or several, and as DER', async () => {
    const keys = [0, 1, 2, 3].map((index) => keyOf(index).publicKey);
    const ways: ((pem: string) => string)[] = [
      (pem) => pem.replaceAll('\n', '\\n'),
      (pem) => pem.replaceAll('\n', '\\r\\n'),
      quoted,
      (pem) => quoted(pem.replaceAll('\n', '\r\n')),
    ];
    const pems = ways.map((write, index) => write(keys[index]!));
    const text = [HEADER, ...pems.map((cell, index) => `d-${index},acme,press,${cell},,`)].join('\n');
    const { entries, problems } = await survey(text);
    expect(problems.listed).to.deep.equal([]);
    expect(entries.map((entry) => entry.registration.publicKey)).to.deep.equal(keys);
    expect(entries.map(({ line }) => line)).to.deep.equal([2, 3, 4, 9]);
  });

  it('names every bad cell by line and column', async () => {
    const rows = [
      `good,acme,press,${der(1)},hall-7;night,room=12;line=3`,
      `Press 07,acme,press,${der(2)},,`,
      `${'x'.repeat(1_000)},acme,press,${der(3)},,`,
      `,acme,press,${der(4)},,`,
      `ctrl-\u0000,acme,press,${der(5)},,`,
      `a/b,acme,press,${der(6)},,`,
      `рress,acme,press,${der(7)},,`,
      `d-9,,press,${der(8)},,`,
      `d-10,Acme,Press ${der(9)},,`,
      `d-11,acme,press,${der(10)},hall-7;;night,`,
      `d-12,acme,press,${der(11)},a;a,`,
      `d-13,acme,press,${der(12)},,room`,
      `d-14,acme,press,${der(13)},,room=1;room=2`,
      `d-15,acme,press,${der(14)},,Room=1`,
      `d-16,acme,press,${der(15)}`,
      `good,acme,press,${der(16)},,`,
      `twin,acme,press,${der(1)},,`,
      `Good,A,P,none,G,t`,
    ];
    expect(await places([HEADER, ...rows].join('\n'))).to.deep.equal([
      '3 id INVALID_ARGUMENT',
      '4 id INVALID_ARGUMENT',
      '5 id INVALID_ARGUMENT',
      '6 id INVALID_ARGUMENT',
      '7 id INVALID_ARGUMENT',
      '8 id INVALID_ARGUMENT',
      '9 tenant INVALID_ARGUMENT',
      '10 - INVALID_ARGUMENT',
      '11 groups INVALID_ARGUMENT',
      '12 groups INVALID_ARGUMENT',
      '13 tags INVALID_ARGUMENT',
      '14 tags INVALID_ARGUMENT',
      '15 tags INVALID_ARGUMENT',
      '16 - INVALID_ARGUMENT',
      '17 id INVALID_ARGUMENT',
      '18 public_key KEY_TAKEN',
      '19 tags INVALID_ARGUMENT',
      '19 id INVALID_ARGUMENT',
      '19 tenant INVALID_ARGUMENT',
      '19 type INVALID_ARGUMENT',
      '19 groups INVALID_ARGUMENT',
      '19 public_key KEY_INVALID',
    ]);
  });

  it('says what it found there, in characters that do nothing', async () => {
    const { problems } = await survey(
      `${HEADER}\n"a\u001b[31m\u202e${'b'.repeat(100)}",acme,press,${DER},,\n`,
    );
    const [problem] = problems.listed;
    expect(problem?.message).to.match(/: ".*\\u001b\[31m\\u\{202e\}b+…"$/);
    expect(problem?.message).to.have.length.below(200);
  });

  it('says which line has an id already, also when that line is bad', async () => {
    const { problems, entries } = await survey(`${HEADER}\na,acme,press,none,,\na,acme,press,${DER},,\n`);
    expect(problems.listed.at(-1)).to.include({
      line: 3,
      column: 'id',
      message: 'this id is in line 2 already',
    });
    expect(entries).to.deep.equal([]);
  });

  const pem = (of: KeyObject): string => publicKeyPem(of).replaceAll('\n', '\\n');
  const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const off = publicKeyDer(p256.publicKey);
  off[off.length - 1] = (off.at(-1) ?? 0) ^ 1;
  const badKeys: Record<string, [string, RegExp]> = {
    'of P-384': [pem(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey), /a key of EC secp384r1/],
    'of RSA': [pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey), /a key of RSA 1024/],
    'of Ed25519': [
      publicKeyDer(generateKeyPairSync('ed25519').publicKey).toString('base64'),
      /a key of ED25519/,
    ],
    'off the curve': [off.toString('base64'), /not on its curve/],
    private: [
      p256.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString().replaceAll('\n', '\\n'),
      /private key/,
    ],
    'of nothing': ['', /no key/],
    'cut short': [DER.slice(0, -8), /no key/],
  };
  for (const [what, [cell, message]] of Object.entries(badKeys)) {
    it(`refuses a key ${what}, and does not show it`, async () => {
      const { problems } = await survey(`${HEADER}\nd-1,acme,press,${cell},,\n`);
      expect(problems.listed).to.have.length(1);
      const [problem] = problems.listed;
      expect(problem).to.include({ line: 2, column: 'public_key', code: 'KEY_INVALID' });
      expect(problem?.message).to.match(message);
      if (cell.length > 40) expect(problem?.message).to.not.include(cell.slice(30, 60));
    });
  }

  it('looks at no row under columns that it does not know', async () => {
    expect(await places(`id,tenant,kind,public_key,id\na,b,c,d,e\n`)).to.deep.equal([
      '1 type INVALID_ARGUMENT',
      '1 "kind" INVALID_ARGUMENT',
      '1 id INVALID_ARGUMENT',
    ]);
    expect(await places('id;tenant;type;public_key\n')).to.deep.equal(['1 - INVALID_ARGUMENT']);
    expect(await places('')).to.have.length(4);
    expect(await places('"id,tenant\n')).to.deep.equal(['1 - INVALID_ARGUMENT']);
  });

  it('names the lines that are not UTF-8', async () => {
    const bytes = Buffer.concat([
      Buffer.from(`${HEADER}\nd-1,`),
      Buffer.from([0xe4]),
      Buffer.from('\nd-2,\n'),
    ]);
    const { problems } = await surveyFile(bytes, 'csv');
    expect(problems.listed.map(({ line }) => line)).to.deep.equal([2]);
    expect((await surveyFile(Buffer.from(HEADER, 'utf16le').subarray(1), 'csv')).rows).to.equal(0);
  });

  it('takes JSON, with places in the list for lines', async () => {
    const text = JSON.stringify([
      registration('a', { groups: ['hall-7'], tags: { room: '=;,' } }),
      { ...registration('b', { publicKey: keyOf(1).publicKey }), org: 'OperatorMSP' },
      { ...registration('c'), publicKey: 7 },
      null,
      registration('a', { publicKey: keyOf(3).publicKey }),
      registration('d', { publicKey: keyOf(3).publicKey }),
    ]);
    const { entries } = await survey(text, 'json');
    expect(entries[0]?.registration).to.deep.equal(
      registration('a', { groups: ['hall-7'], tags: { room: '=;,' } }),
    );
    expect(entries).to.have.length(1);
    expect(await places(text, 'json')).to.deep.equal([
      '2 - INVALID_ARGUMENT',
      '3 publicKey INVALID_ARGUMENT',
      '4 - INVALID_ARGUMENT',
      '5 id INVALID_ARGUMENT',
      '6 publicKey KEY_TAKEN',
    ]);
  });

  it('refuses what is no JSON list', async () => {
    for (const text of ['', '{', '{"devices":[]}', '7', 'null', '[}', '['.repeat(100_000)])
      expect(await places(text, 'json'), text.slice(0, 20)).to.deep.equal(['1 - INVALID_ARGUMENT']);
    expect(await places('[]', 'json')).to.deep.equal([]);
  });

  it('names every bad row of a file that is bad throughout', async () => {
    const { problems, rows } = await survey(`${HEADER}\n${'X,,,,,\n'.repeat(4_000)}`);
    expect([rows, problems.rows, problems.listed.length]).to.deep.equal([4_000, 4_000, 10_000]);
    const listed = new Set(problems.listed.map(({ line }) => line));
    const [others] = problems.others;
    expect(others?.[1]).to.equal(4_001);
    expect(listed.has((others?.[0] ?? 0) - 1)).to.equal(true);
  });
});
