import { common } from '@hyperledger/fabric-protos';
import { createHash } from 'node:crypto';
import type { Facts } from './facts.ts';

/** A channel's height and newest hash, as a peer says (`qscc` GetChainInfo). */
export interface Tip {
  readonly height: number;
  /** Hash of the header of block `height - 1`, in hex. */
  readonly hash: string;
  /** Hash of the one before, in hex. */
  readonly previous: string;
}

/** A block, reduced to what all peers must have alike; who signed it is not: each orderer signs for itself. */
export interface BlockRecord {
  readonly number: number;
  /** Hash of the header, in hex: the next block's `previous`. */
  readonly hash: string;
  readonly previous: string;
  /** The data's hash as the header says. */
  readonly dataHash: string;
  /** … and as it is. */
  readonly computedDataHash: string;
  /** The peer's decision about each transaction, one byte each, in hex: 00 took effect. */
  readonly validation: string;
  /** Fabric's running hash over these decisions and all changes of the state, in hex. */
  readonly stateHash: string;
}

/** @throws Error when these bytes are no BlockchainInfo */
export function readTip(bytes: Uint8Array): Tip {
  const info = common.BlockchainInfo.deserializeBinary(bytes);
  return {
    height: info.getHeight(),
    hash: hex(info.getCurrentblockhash_asU8()),
    previous: hex(info.getPreviousblockhash_asU8()),
  };
}

/** @throws Error when these bytes are no block */
export function readBlock(bytes: Uint8Array): BlockRecord {
  const block = common.Block.deserializeBinary(bytes);
  const header = block.getHeader();
  if (header === undefined) throw new Error('a block without a header');
  const metadata = block.getMetadata()?.getMetadataList_asU8() ?? [];
  const data = createHash('sha256');
  for (const entry of block.getData()?.getDataList_asU8() ?? []) data.update(entry);
  return {
    number: header.getNumber(),
    hash: headerHash(header),
    previous: hex(header.getPreviousHash_asU8()),
    dataHash: hex(header.getDataHash_asU8()),
    computedDataHash: data.digest('hex'),
    validation: hex(metadata[common.BlockMetadataIndex.TRANSACTIONS_FILTER] ?? new Uint8Array()),
    stateHash: hex(metadata[common.BlockMetadataIndex.COMMIT_HASH] ?? new Uint8Array()),
  };
}

export function blockFacts({ hash, previous, computedDataHash, validation, stateHash }: BlockRecord): Facts {
  return { hash, previous, data: computedDataHash, validation, 'state hash': stateHash };
}

/**
 * Where a peer's own words do not fit together, which needs no other peer to be seen.
 *
 * @param asked the number of the block that was asked for
 * @param known the peer's other blocks, by number
 */
export function contradictions(
  block: BlockRecord,
  { asked, known, tip }: { asked: number; known: ReadonlyMap<number, BlockRecord>; tip: Tip | undefined },
): string[] {
  const before = known.get(asked - 1);
  const found: string[] = [];
  if (block.number !== asked) found.push(`it is block ${block.number}`);
  if (block.computedDataHash !== block.dataHash) found.push('its transactions are not those of its header');
  if (before !== undefined && before.hash !== block.previous)
    found.push(`it does not follow the peer's block ${asked - 1}`);
  if (tip?.height === asked + 1 && (tip.hash !== block.hash || tip.previous !== block.previous))
    found.push("it is not the one that the peer calls the channel's newest");
  return found;
}

/** SHA-256 over the header in ASN.1 (fabric/protoutil/blockutils.go, BlockHeaderBytes). */
function headerHash(header: common.BlockHeader): string {
  const body = Buffer.concat([
    der(0x02, integer(header.getNumber())),
    der(0x04, header.getPreviousHash_asU8()),
    der(0x04, header.getDataHash_asU8()),
  ]);
  return createHash('sha256').update(der(0x30, body)).digest('hex');
}

/** Tag, length, content. Nothing here is longer than 127 bytes, where lengths would begin to take more than one. */
function der(tag: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([tag, content.length]), content]);
}

/** Two's complement, as short as can be, with a zero in front where the first bit would be taken for a sign. */
function integer(value: number): Buffer {
  const digits = value.toString(16);
  const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
  return (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.from([0]), bytes]);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
