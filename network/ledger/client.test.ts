import { status } from '@grpc/grpc-js';
import { common } from '@hyperledger/fabric-protos';
import { expect } from 'chai';
import { createAuthority, certificatePem } from '../pki/authority.ts';
import { waitUntil } from '../processes/wait-until.ts';
import {
  type ConnectOptions,
  connectLedger,
  type LedgerBlock,
  type LedgerClient,
  LedgerError,
} from './client.ts';
import { deliveredBlock, FakePeer } from './fake-peer.fixture.ts';
import { refusal } from './gateway-errors.fixture.ts';

const QUESTION = {
  channel: 'registry',
  contract: 'DeviceContract',
  transaction: 'Get',
  args: ['press-07'],
} as const;

async function failure(promise: Promise<unknown>): Promise<LedgerError> {
  const error: unknown = await promise.then(
    () => new Error('it did not fail'),
    (caught: unknown) => caught,
  );
  if (error instanceof LedgerError) return error;
  throw error;
}

describe('ledger client', () => {
  let peer: FakePeer;
  let options: ConnectOptions;
  let client: LedgerClient;

  beforeEach(async () => {
    peer = new FakePeer();
    options = await peer.start();
    client = connectLedger(options);
  });

  afterEach(() => {
    client.close();
    peer.stop();
  });

  it('asks for the transaction by its contract’s name, of its own organisation’s peer alone', async () => {
    peer.evaluate = (name) => Buffer.from(`${name}: grün`);
    expect(await client.evaluate(QUESTION)).to.equal('DeviceContract:Get: grün');
    expect(peer.targets).to.deep.equal([['OperatorMSP']]);
  });

  it('asks the peer’s organisation also when the member is of another', async () => {
    const identity = { mspId: 'AuditorMSP', certificate: 'an auditor' };
    const visitor = connectLedger({ ...options, identity, organisation: 'OperatorMSP' });
    await visitor.evaluate(QUESTION);
    visitor.close();
    expect(peer.targets).to.deep.equal([['OperatorMSP']]);
  });

  it('passes the contract’s refusal on as such', async () => {
    peer.evaluate = () => ({ code: status.UNKNOWN, details: refusal('FORBIDDEN', 'not for you') });
    expect(await failure(client.evaluate(QUESTION))).to.include({
      code: 'FORBIDDEN',
      message: 'not for you',
    });
  });

  it('does not wait for an answer beyond the deadline', async () => {
    const impatient = connectLedger({ ...options, deadlines: { evaluate: 50 } });
    peer.evaluate = () => 'silence';
    const begin = performance.now();
    expect((await failure(impatient.evaluate(QUESTION))).code).to.equal('LEDGER_TIMEOUT');
    expect(performance.now() - begin).to.be.lessThan(4_000);
    impatient.close();
  });

  it('says so when there is no peer', async () => {
    peer.stop();
    expect((await failure(client.evaluate(QUESTION))).code).to.equal('LEDGER_UNAVAILABLE');
  });

  it('talks to no server whose certificate descends from another authority', async () => {
    const stranger = certificatePem((await createAuthority('tlsca.stranger')).certificate);
    const deceived = connectLedger({ ...options, tlsRootCertificate: stranger });
    expect((await failure(deceived.evaluate(QUESTION))).code).to.equal('LEDGER_UNAVAILABLE');
    deceived.close();
    expect(peer.targets).to.deep.equal([]);
  });

  it('talks to no server of another name', async () => {
    const deceived = connectLedger({ ...options, serverName: 'peer.auditor.example' });
    expect((await failure(deceived.evaluate(QUESTION))).code).to.equal('LEDGER_UNAVAILABLE');
    deceived.close();
  });

  it('reads the height', async () => {
    const info = new common.BlockchainInfo();
    info.setHeight(42);
    peer.evaluate = () => info.serializeBinary();
    expect(await client.height('registry')).to.equal(42);
  });

  it('knows no block of a transaction that the peer does not know', async () => {
    const details = `Failed to get block for txID ab, error no such transaction ID [ab] in index`;
    peer.evaluate = () => ({ code: status.ABORTED, details });
    expect(await client.transactionBlock('anchors', 'ab')).to.equal(undefined);
    peer.evaluate = () => ({ code: status.ABORTED, details: 'access denied' });
    expect((await failure(client.transactionBlock('anchors', 'ab'))).code).to.equal('LEDGER_EVALUATE_FAILED');
  });

  it('refuses a key with which nothing can be signed, and does not repeat it', () => {
    const act = (): unknown => connectLedger({ ...options, signer: 'c2VjcmV0IGtleQ==' });
    expect(act).to.throw('not a private key').with.property('code', 'KEY_INVALID');
    expect(act).not.to.throw('c2VjcmV0');
  });

  it('lets several members share a connection, which lasts until its owner closes it', async () => {
    const { identity, signer } = options;
    const guest = client.actingAs({ identity, signer });
    await guest.evaluate(QUESTION);
    guest.close();
    await client.evaluate(QUESTION);
  });

  describe('blocks', () => {
    const collect = async (from: number, signal: AbortSignal, into: LedgerBlock[]): Promise<void> => {
      for await (const block of client.blocks('registry', { from, signal })) into.push(block);
    };

    it('come in order from the one asked for, and end when the signal says so', async () => {
      peer.onBlocks = (from, stream) => {
        for (const number of [from, from + 1, from + 2]) stream.write(deliveredBlock(number));
      };
      const stop = new AbortController();
      const blocks: LedgerBlock[] = [];
      const end = collect(17, stop.signal, blocks);
      await waitUntil(() => blocks.length === 3, 5_000);
      stop.abort();
      await end;
      expect(blocks.map(({ number }) => number)).to.deep.equal([17, 18, 19]);
    });

    it('are not asked for when the signal says so already', async () => {
      await collect(0, AbortSignal.abort(), []);
    });

    it('end in an error when the connection breaks', async () => {
      peer.onBlocks = (from, stream) => {
        stream.write(deliveredBlock(from), () => {
          peer.stop();
        });
      };
      const error = await failure(collect(0, new AbortController().signal, []));
      expect(error).to.include({ code: 'LEDGER_UNAVAILABLE', phase: 'events' });
    });

    it('end in an error when the peer ends them', async () => {
      peer.onBlocks = (_, stream) => {
        stream.end();
      };
      expect((await failure(collect(0, new AbortController().signal, []))).code).to.equal(
        'LEDGER_UNAVAILABLE',
      );
    });

    it('are given up when the reader has had enough', async () => {
      let cancelled = false;
      peer.onBlocks = (from, stream) => {
        stream.on('cancelled', () => {
          cancelled = true;
        });
        stream.write(deliveredBlock(from));
      };
      for await (const block of client.blocks('registry', {
        from: 5,
        signal: new AbortController().signal,
      })) {
        expect(block.number).to.equal(5);
        break;
      }
      expect(await waitUntil(() => cancelled, 5_000)).to.be.true;
    });

    it('wait at the peer for a reader that is slow', async () => {
      const total = 400;
      let sent = 0;
      peer.onBlocks = (_, stream) => {
        const send = (): void => {
          while (sent < total && stream.write(deliveredBlock(sent, 100_000))) sent += 1;
          stream.once('drain', send);
        };
        send();
      };
      const blocks = client.blocks('registry', { from: 0, signal: new AbortController().signal });
      const reader = blocks[Symbol.asyncIterator]();
      await reader.next();
      let before = -1;
      await waitUntil(() => {
        const settled = before === sent;
        before = sent;
        return settled;
      }, 5_000);
      expect(sent).to.be.lessThan(total / 2);
      await reader.return?.();
    });
  });
});
