import { common, peer } from '@hyperledger/fabric-protos';
import { VALID, validationName } from './validation-codes.ts';

/** What a contract told the channel in a transaction. */
export interface LedgerEvent {
  readonly chaincode: string;
  readonly name: string;
  readonly payload: Uint8Array;
}

export interface LedgerTransaction {
  /** Empty when the transaction is invalid and its id cannot be read. */
  readonly id: string;
  /** Whether it took effect. */
  readonly valid: boolean;
  /** The peers' decision in Fabric's word: `VALID`, `MVCC_READ_CONFLICT`, … */
  readonly validation: string;
  /** Only of valid transactions: what an invalid one says never happened. */
  readonly event: LedgerEvent | undefined;
}

export interface LedgerBlock {
  readonly number: number;
  /** SHA-256 over the block's transactions, in hex; that of block 0 names the channel's chain. */
  readonly dataHash: string;
  /** The endorsed transactions, in order; changes of the channel's configuration are left out. */
  readonly transactions: readonly LedgerTransaction[];
}

/**
 * Decodes a block as a peer delivers it (fabric-protos: common.proto, transaction.proto).
 *
 * Peers record in the block's metadata which transactions are valid. What is inside an invalid one is whatever
 * any client of the consortium cared to send to an orderer, so nothing in it may make decoding fail: it would stop
 * everyone who follows the channel.
 *
 * @throws Error when the block itself or a valid transaction cannot be decoded
 */
export function decodeBlock(block: common.Block): LedgerBlock {
  const header = block.getHeader();
  if (header === undefined) throw new Error('a block without a header');
  const codes = validationCodes(block);
  const transactions = (block.getData()?.getDataList_asU8() ?? []).flatMap((envelope, index) =>
    decodeEnvelope(envelope, codes[index] ?? peer.TxValidationCode.NOT_VALIDATED),
  );
  return {
    number: header.getNumber(),
    dataHash: Buffer.from(header.getDataHash_asU8()).toString('hex'),
    transactions,
  };
}

/** One byte for each transaction of the block. */
function validationCodes(block: common.Block): Uint8Array {
  const metadata = block.getMetadata()?.getMetadataList_asU8() ?? [];
  return metadata[common.BlockMetadataIndex.TRANSACTIONS_FILTER] ?? new Uint8Array();
}

function decodeEnvelope(envelope: Uint8Array, code: number): LedgerTransaction[] {
  const validation = validationName(code);
  if (validation !== VALID) return [{ id: readableId(envelope), valid: false, validation, event: undefined }];
  const { payload, channelHeader } = openEnvelope(envelope);
  if (channelHeader.getType() !== common.HeaderType.ENDORSER_TRANSACTION) return [];
  const event = decodeEvent(payload.getData_asU8());
  return [{ id: channelHeader.getTxId(), valid: true, validation, event }];
}

function readableId(envelope: Uint8Array): string {
  try {
    return openEnvelope(envelope).channelHeader.getTxId();
  } catch {
    return '';
  }
}

function openEnvelope(bytes: Uint8Array): { payload: common.Payload; channelHeader: common.ChannelHeader } {
  const envelope = common.Envelope.deserializeBinary(bytes);
  const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8());
  const header = payload.getHeader();
  if (header === undefined) throw new Error('an envelope without a header');
  return { payload, channelHeader: common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8()) };
}

/** Fabric allows a transaction one action, and an action one event. */
function decodeEvent(transactionBytes: Uint8Array): LedgerEvent | undefined {
  const action = peer.Transaction.deserializeBinary(transactionBytes).getActionsList()[0];
  if (action === undefined) return undefined;
  const endorsed = peer.ChaincodeActionPayload.deserializeBinary(action.getPayload_asU8()).getAction();
  if (endorsed === undefined) return undefined;
  const response = peer.ProposalResponsePayload.deserializeBinary(endorsed.getProposalResponsePayload_asU8());
  const eventBytes = peer.ChaincodeAction.deserializeBinary(response.getExtension_asU8()).getEvents_asU8();
  if (eventBytes.length === 0) return undefined;
  const event = peer.ChaincodeEvent.deserializeBinary(eventBytes);
  return { chaincode: event.getChaincodeId(), name: event.getEventName(), payload: event.getPayload_asU8() };
}
