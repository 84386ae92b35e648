import { common } from '@hyperledger/fabric-protos';
import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { blockFacts, type BlockRecord, contradictions, readBlock } from './blocks.ts';
import { makeBlock } from './world.fixture.ts';

function blockWithHeader(number: number, previous: Uint8Array, dataHash: Uint8Array): Uint8Array {
  const header = new common.BlockHeader();
  header.setNumber(number);
  header.setPreviousHash(previous);
  header.setDataHash(dataHash);
  const block = new common.Block();
  block.setHeader(header);
  return block.serializeBinary();
}

describe('blocks', () => {
  it('are hashed as Fabric does: the header in DER', () => {
    const headers: [number, string][] = [
      [0, '020100'],
      [127, '02017f'],
      [128, '02020080'],
      [300, '0202012c'],
      [65_536, '0203010000'],
    ];
    for (const [number, der] of headers) {
      const body = `${der}0402aabb0402ccdd`;
      const expected = createHash('sha256').update(
        Buffer.from(`30${(body.length / 2).toString(16).padStart(2, '0')}${body}`, 'hex'),
      );
      const bytes = blockWithHeader(number, Buffer.from('aabb', 'hex'), Buffer.from('ccdd', 'hex'));
      expect(readBlock(bytes).hash).to.equal(expected.digest('hex'));
    }
  });

  it('have the data that their headers say, as a peer committed them', () => {
    const block = readBlock(
      readFileSync(join(import.meta.dirname, '..', 'ledger', 'fixtures', 'conflict.block')),
    );
    expect(block.number).to.equal(8);
    expect(block.computedDataHash).to.equal(block.dataHash);
    // One transaction took effect, the other came into conflict with it (MVCC_READ_CONFLICT is 11).
    expect(block.validation).to.equal('000b');
    expect(block.stateHash).to.match(/^[0-9a-f]{64,}$/);
    expect(contradictions(block, { asked: 8, known: new Map(), tip: undefined })).to.deep.equal([]);
  });

  it('are refused without a header', () => {
    expect(() => readBlock(new common.Block().serializeBinary())).to.throw('header');
  });

  it('contradict their peer by number, data, the block before and the newest hash', () => {
    const first = makeBlock(0, undefined);
    const second = makeBlock(1, first);
    const [before, block] = [readBlock(first), readBlock(second)];
    const known = new Map([[0, before]]);
    const tip = { height: 2, hash: block.hash, previous: block.previous };
    const found = (altered: Partial<BlockRecord>, newest = tip): string[] =>
      contradictions({ ...block, ...altered }, { asked: 1, known, tip: newest });
    expect(found({})).to.deep.equal([]);
    expect(found({ number: 0 })).to.deep.equal(['it is block 0']);
    expect(found({ computedDataHash: '00' })).to.deep.equal(['its transactions are not those of its header']);
    expect(found({ previous: '00' })).to.have.length(2);
    expect(found({}, { ...tip, hash: '00' })).to.have.length(1);
    expect(found({}, { ...tip, previous: '00' })).to.have.length(1);
    expect(found({}, { ...tip, height: 3, hash: '00' })).to.deep.equal([]);
  });

  it('are compared by what all peers must have alike, and not by which orderer signed', () => {
    const block = common.Block.deserializeBinary(makeBlock(0, undefined));
    const facts = blockFacts(readBlock(block.serializeBinary()));
    const metadata = block.getMetadata()!.getMetadataList_asU8();
    metadata[common.BlockMetadataIndex.SIGNATURES] = Buffer.from('another orderer');
    block.getMetadata()!.setMetadataList(metadata);
    expect(blockFacts(readBlock(block.serializeBinary()))).to.deep.equal(facts);
    metadata[common.BlockMetadataIndex.COMMIT_HASH] = Buffer.from('another state');
    block.getMetadata()!.setMetadataList(metadata);
    expect(blockFacts(readBlock(block.serializeBinary()))['state hash']).to.not.equal(facts['state hash']);
  });
});
