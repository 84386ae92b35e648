import { common, peer } from '@hyperledger/fabric-protos';
import { expect } from 'chai';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeBlock } from './block-decoding.ts';

const { VALID, BAD_PAYLOAD, MVCC_READ_CONFLICT } = peer.TxValidationCode;

interface Content {
  type?: common.HeaderTypeMap[keyof common.HeaderTypeMap];
  data?: Uint8Array;
}

function envelope(
  id: string,
  { type = common.HeaderType.ENDORSER_TRANSACTION, data = new Uint8Array() }: Content = {},
): Uint8Array {
  const channelHeader = new common.ChannelHeader();
  channelHeader.setType(type);
  channelHeader.setTxId(id);
  const header = new common.Header();
  header.setChannelHeader(channelHeader.serializeBinary());
  const payload = new common.Payload();
  payload.setHeader(header);
  payload.setData(data);
  const result = new common.Envelope();
  result.setPayload(payload.serializeBinary());
  return result.serializeBinary();
}

function transactionWithEvent(name: string, payload: string): Uint8Array {
  const event = new peer.ChaincodeEvent();
  event.setChaincodeId('biot');
  event.setEventName(name);
  event.setPayload(Buffer.from(payload));
  const chaincodeAction = new peer.ChaincodeAction();
  chaincodeAction.setEvents(event.serializeBinary());
  const response = new peer.ProposalResponsePayload();
  response.setExtension$(chaincodeAction.serializeBinary());
  const endorsed = new peer.ChaincodeEndorsedAction();
  endorsed.setProposalResponsePayload(response.serializeBinary());
  const actionPayload = new peer.ChaincodeActionPayload();
  actionPayload.setAction(endorsed);
  const action = new peer.TransactionAction();
  action.setPayload(actionPayload.serializeBinary());
  const transaction = new peer.Transaction();
  transaction.setActionsList([action]);
  return transaction.serializeBinary();
}

function block(number: number, entries: [Uint8Array, number][]): common.Block {
  const header = new common.BlockHeader();
  header.setNumber(number);
  header.setDataHash(new Uint8Array(32).fill(0xab));
  const data = new common.BlockData();
  data.setDataList(entries.map(([bytes]) => bytes));
  const metadata = new common.BlockMetadata();
  metadata.setMetadataList([
    new Uint8Array(),
    new Uint8Array(),
    Uint8Array.from(entries, ([, code]) => code),
  ]);
  const result = new common.Block();
  result.setHeader(header);
  result.setData(data);
  result.setMetadata(metadata);
  return result;
}

describe('decoding a block', () => {
  it('reads one that a peer committed: a change of a device, and one that came into conflict with it', () => {
    const bytes = readFileSync(join(import.meta.dirname, 'fixtures', 'conflict.block'));
    const { number, dataHash, transactions } = decodeBlock(common.Block.deserializeBinary(bytes));
    expect(number).to.equal(8);
    expect(dataHash).to.match(/^c75f4061[0-9a-f]{56}$/);
    expect(
      transactions.map(({ id, valid, validation }) => [id.slice(0, 8), valid, validation]),
    ).to.deep.equal([
      ['1267dbfc', true, 'VALID'],
      ['189cb51e', false, 'MVCC_READ_CONFLICT'],
    ]);
    const event = transactions[0]?.event;
    expect(event).to.include({ chaincode: 'biot', name: 'devices' });
    const { devices } = JSON.parse(Buffer.from(event!.payload).toString()) as { devices: object[] };
    expect(devices[0]).to.include({ status: 'suspended', transaction: transactions[0]?.id });
    expect(transactions[1]?.event).to.equal(undefined);
  });

  it('gives the events of valid transactions, and only of these', () => {
    const data = transactionWithEvent('devices', '{}');
    const { transactions } = decodeBlock(
      block(3, [
        [envelope('a', { data }), MVCC_READ_CONFLICT],
        [envelope('b', { data }), VALID],
        [envelope('c'), VALID],
      ]),
    );
    expect(transactions.map(({ id, event }) => [id, event?.name])).to.deep.equal([
      ['a', undefined],
      ['b', 'devices'],
      ['c', undefined],
    ]);
  });

  it('passes over changes of the channel’s configuration without losing count of the codes', () => {
    const { transactions } = decodeBlock(
      block(1, [
        [envelope('', { type: common.HeaderType.CONFIG }), VALID],
        [envelope('a'), MVCC_READ_CONFLICT],
      ]),
    );
    expect(transactions).to.deep.equal([
      { id: 'a', valid: false, validation: 'MVCC_READ_CONFLICT', event: undefined },
    ]);
  });

  it('is not stopped by what anyone may have written into an invalid transaction', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (garbage) => {
        const { transactions } = decodeBlock(
          block(1, [
            [garbage, BAD_PAYLOAD],
            [envelope('a', { data: garbage }), BAD_PAYLOAD],
            [envelope('b'), VALID],
          ]),
        );
        expect(transactions.map(({ valid }) => valid)).to.deep.equal([false, false, true]);
        expect(transactions[1]?.id).to.equal('a');
      }),
    );
  });

  it('counts a transaction without a code as not valid', () => {
    const unvalidated = block(1, [[envelope('a'), VALID]]);
    unvalidated.getMetadata()?.setMetadataList([]);
    expect(decodeBlock(unvalidated).transactions[0]).to.include({
      valid: false,
      validation: 'NOT_VALIDATED',
    });
  });

  it('refuses a block without a header', () => {
    expect(() => decodeBlock(new common.Block())).to.throw('header');
  });
});
