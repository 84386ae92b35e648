import { expect } from 'chai';

import { createAuthority } from '../pki/authority.ts';
import { createRevocationList } from '../pki/revocation-list.ts';
import { decodeRevoked } from './channel-configuration.ts';

/** A field of a protobuf message that has a length: a text, bytes or another message. */
function field(number: number, ...content: (Uint8Array | string)[]): Buffer {
  const bytes = Buffer.concat(content.map((part) => Buffer.from(part)));
  return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  return value < 128
    ? Buffer.from([value])
    : Buffer.concat([Buffer.from([(value % 128) | 128]), varint(value >> 7)]);
}

/** Of a ConfigGroup (fabric-protos: common/configtx.proto). */
const groupIn = (name: string, ...group: Uint8Array[]): Buffer =>
  field(2, field(1, name), field(2, ...group));

/** With an MSP (msp/msp_config.proto). */
function organisation(mspId: string, ...lists: string[]): Buffer {
  const definition = [field(1, mspId), ...lists.map((list) => field(5, list))];
  return groupIn(
    mspId,
    field(3, field(1, 'MSP'), field(2, field(2, field(2, ...definition)))),
    field(3, field(1, 'AnchorPeers'), field(2, field(2, 'of no interest'))),
  );
}

const configuration = (...organisations: Uint8Array[]): Buffer =>
  field(2, groupIn('Orderer', organisation('StrangerMSP')), groupIn('Application', ...organisations));

describe('a channel’s configuration', () => {
  it('says whose certificates were taken back, by the organisation that did', async () => {
    const authority = await createAuthority('ca.operator');
    const lists = await Promise.all(
      [['01a1', '00c0'], ['01b0']].map((of) => createRevocationList(authority, of)),
    );
    const revoked = decodeRevoked(
      configuration(organisation('OperatorMSP', ...lists), organisation('AuditorMSP')),
    );
    expect(revoked).to.deep.equal(
      new Map([
        ['OperatorMSP', new Set(['01a1', 'c0', '01b0'])],
        ['AuditorMSP', new Set()],
      ]),
    );
  });

  it('has no members where there are none', () => {
    expect(decodeRevoked(new Uint8Array()).size).to.equal(0);
  });
});
