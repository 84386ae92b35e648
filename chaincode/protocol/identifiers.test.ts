import { expect } from 'chai';

import {
  deviceIdSchema,
  lineSchema,
  memberNameSchema,
  organisationName,
  organisationSchema,
  transactionIdSchema,
} from './identifiers.ts';
import { HOSTILE_NAMES } from './testing/hostile-names.ts';

describe('identifiers', () => {
  it('of devices have an alphabet that no topic, key, certificate or path treats specially', () => {
    for (const id of ['a', '7', 'press-07', 'a.b', 'a_b', 'x'.repeat(64)]) {
      expect(deviceIdSchema.safeParse(id).success, id).to.equal(true);
    }
    for (const id of [
      ...Object.values(HOSTILE_NAMES),
      '.',
      '..',
      '.a',
      'a.',
      '-a',
      'a-',
      'a\\b',
      '#',
      'é',
      'a,CN=b',
      'x'.repeat(65),
    ]) {
      expect(deviceIdSchema.safeParse(id).success, JSON.stringify(id)).to.equal(false);
    }
  });

  it('of members have one organisation', () => {
    expect(memberNameSchema.safeParse('ingest-1@operator').success).to.equal(true);
    for (const name of [
      'ingest-1',
      '@operator',
      'a@',
      'a@b@c',
      'a@b/c',
      'a@B',
      'a @b',
      `${'a'.repeat(80)}@b`,
      ...Object.values(HOSTILE_NAMES).flatMap((part) => [`${part}@operator`, `admin@${part}`]),
    ]) {
      expect(memberNameSchema.safeParse(name).success, name).to.equal(false);
    }
  });

  it('of organisations give the name behind the @', () => {
    expect(organisationSchema.safeParse('OperatorMSP').success).to.equal(true);
    expect(organisationName('OperatorMSP')).to.equal('operator');
    for (const mspId of [
      'operator',
      'Operator',
      'MSP',
      'operatorMSP',
      'OperatorMSP ',
      'Op-MSP',
      '\u041eperatorMSP',
      'OperatorMSP\u0000',
    ]) {
      expect(organisationSchema.safeParse(mspId).success, mspId).to.equal(false);
    }
  });

  it('of transactions are hashes in lower case', () => {
    expect(transactionIdSchema.safeParse('0a'.repeat(32)).success).to.equal(true);
    for (const id of ['0A'.repeat(32), '0a'.repeat(31), `0x${'0a'.repeat(31)}`, `${'0a'.repeat(32)}\n`]) {
      expect(transactionIdSchema.safeParse(id).success, id).to.equal(false);
    }
  });

  it('take a line of text, and nothing that would move a reader away from it', () => {
    const line = lineSchema(20);
    for (const text of ['mainboard replaced', 'Prüfstand 7, наладка', 'می\u200cخواهم', '👩\u200d🔧 repaired'])
      expect(line.safeParse(text).data, text).to.equal(text);
    for (const code of [0x00, 0x07, 0x0a, 0x0d, 0x1b, 0x85, 0x202e, 0x2028, 0x2066, 0xfeff, 0xd800])
      expect(line.safeParse(`a${String.fromCharCode(code)}b`).success, code.toString(16)).to.equal(false);
    expect(line.safeParse(' ').success).to.equal(false);
    expect(line.safeParse('x'.repeat(21)).success).to.equal(false);
  });
});
