import { common, peer } from '@hyperledger/fabric-protos';
import { createHash } from 'node:crypto';
import { byLot } from '../../chaincode/protocol/device-lot.ts';
import { type Channel, CHANNELS, type OrganisationName, ORGANISATIONS } from '../home/organisations.ts';
import { readBlock } from './blocks.ts';
import type { Question, Testimony, Witness } from './witness.ts';

/** What a peer makes of an honest answer. */
export type Twist = (question: Question, answer: Uint8Array) => Uint8Array | Testimony;

/** Channels with blocks and contracts, as honest peers know them. */
export class World {
  /** In the ledger's order. */
  devices = Array.from({ length: 7 }, (_, index) => ({ id: `press-0${index}`, status: 'active' }));
  readonly logs = [{ logId: 'ingest-1@operator', size: 3, root: 'aa' }];
  /** In the order of their ids. */
  readonly rollouts = Array.from({ length: 120 }, (_, index) => ({
    id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    state: 'running',
  }));
  readonly #blocks = new Map<Channel, Uint8Array[]>(CHANNELS.map((channel) => [channel, []]));

  constructor(height = 6) {
    for (const channel of CHANNELS) for (let count = 0; count < height; count += 1) this.addBlock(channel);
  }

  addBlock(channel: Channel): void {
    const blocks = this.#blocksOf(channel);
    blocks.push(makeBlock(blocks.length, blocks.at(-1)));
  }

  /** @param height up to which the peer has blocks; all unless stated */
  answer({ channel, function: name, args }: Question, height = Infinity): Uint8Array {
    const blocks = this.#blocksOf(channel).slice(0, height);
    const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value ?? null));
    const answers: Record<string, () => Uint8Array> = {
      GetChainInfo: () => chainInfo(blocks),
      GetBlockByNumber: () => blocks[Number(args[1])] ?? new Uint8Array(),
      QueryChaincodeDefinition: () => definition(),
      'PolicyContract:List': () => json([{ id: 'admin-does', effect: 'allow' }]),
      'TypeContract:List': () => json([{ name: 'press', version: 1 }]),
      'CommandContract:Catalogue': () => json([{ type: 'press', name: 'restart', version: 1 }]),
      'FirmwareContract:List': () => json([{ id: 'f'.repeat(64), type: 'press', state: 'approved' }]),
      'FirmwareContract:VendorKeys': () => json([{ id: 'e'.repeat(64), state: 'active' }]),
      'RolloutContract:List': () => json(this.#rolloutPage(Number(args[0]), args[1] ?? '')),
      'DeviceContract:List': () => json(this.#devicePage(Number(args[0]), args[1] ?? '')),
      'DeviceContract:Get': () => json(this.devices.find(({ id }) => id === args[0])),
      'AnchorContract:Logs': () => json(this.logs),
      'AnchorContract:Checkpoint': () => json(this.logs.find(({ logId }) => logId === args[0])),
    };
    return answers[name]?.() ?? new Uint8Array();
  }

  #devicePage(size: number, from: string): { devices: World['devices']; bookmark: string } {
    const rest = this.devices.filter(({ id }) => byLot(id, from) >= 0);
    return { devices: rest.slice(0, size), bookmark: rest[size]?.id ?? '' };
  }

  #rolloutPage(size: number, from: string): { rollouts: World['rollouts']; bookmark: string } {
    const rest = this.rollouts.filter(({ id }) => id >= from);
    return { rollouts: rest.slice(0, size), bookmark: rest[size]?.id ?? '' };
  }

  #blocksOf(channel: Channel): Uint8Array[] {
    return this.#blocks.get(channel) ?? [];
  }
}

/** A peer that knows the world, with a twist. */
export function witnessOf(
  world: World,
  organisation: OrganisationName,
  { twist = (_, answer) => answer, height }: { twist?: Twist; height?: () => number } = {},
): Witness {
  return {
    peer: {
      name: organisation,
      organisation: ORGANISATIONS[organisation],
      address: '127.0.0.1:1',
      tlsRootCertificate: '',
    },
    ask(question) {
      const said = twist(question, world.answer(question, height?.()));
      return Promise.resolve(said instanceof Uint8Array ? { kind: 'answer', bytes: said } : said);
    },
    close: () => undefined,
  };
}

/** Says another state of one device or rollout, wherever it is shown. */
export const altering = (id: string): Twist =>
  rewriting((text) => text.replace(new RegExp(`("id":"${id}","(?:status|state)":")\\w+`), '$1altered'));

/** Ends each page where it likes. @param bookmark of where the page begins */
export const bookmarking =
  (bookmark: (from: string) => string): Twist =>
  (question, answer) =>
    rewriting((text) =>
      text.replace(/"bookmark":"[^"]*"/, `"bookmark":"${bookmark(question.args[1] ?? '')}"`),
    )(question, answer);

/** Of answers that are no text each byte stays. */
function rewriting(rewrite: (text: string) => string): Twist {
  return (_, answer) => Buffer.from(rewrite(Buffer.from(answer).toString('latin1')), 'latin1');
}

export function makeBlock(number: number, before: Uint8Array | undefined): Uint8Array {
  const content = Buffer.from(`transaction ${number}`);
  const header = new common.BlockHeader();
  header.setNumber(number);
  header.setPreviousHash(Buffer.from(before === undefined ? '' : readBlock(before).hash, 'hex'));
  header.setDataHash(createHash('sha256').update(content).digest());
  const data = new common.BlockData();
  data.setDataList([content]);
  const metadata = new common.BlockMetadata();
  metadata.setMetadataList([
    new Uint8Array(),
    new Uint8Array(),
    new Uint8Array([0]),
    new Uint8Array(),
    Buffer.from(`state ${number}`),
  ]);
  const block = new common.Block();
  block.setHeader(header);
  block.setData(data);
  block.setMetadata(metadata);
  return block.serializeBinary();
}

function chainInfo(blocks: readonly Uint8Array[]): Uint8Array {
  const info = new common.BlockchainInfo();
  info.setHeight(blocks.length);
  const { hash, previous } = readBlock(blocks.at(-1) ?? new Uint8Array());
  info.setCurrentblockhash(Buffer.from(hash, 'hex'));
  info.setPreviousblockhash(Buffer.from(previous, 'hex'));
  return info.serializeBinary();
}

function definition(): Uint8Array {
  const result = new peer.lifecycle.QueryChaincodeDefinitionResult();
  result.setSequence(1);
  result.setVersion('1.0');
  // The eighth field is a map: an entry for each organisation that approved.
  const entry = Buffer.concat([Buffer.from([0x0a, 11]), Buffer.from('OperatorMSP'), Buffer.from([0x10, 1])]);
  return Buffer.concat([result.serializeBinary(), Buffer.from([8 * 8 + 2, entry.length]), entry]);
}
