import type { Client } from '@grpc/grpc-js';
import {
  connect,
  type Contract,
  type Gateway,
  type Proposal,
  type Signer,
} from '@hyperledger/fabric-gateway';
import { setTimeout as delay } from 'node:timers/promises';
import type { Channel } from '../home/organisations.ts';
import { decodeBlock, type LedgerBlock } from './block-decoding.ts';
import { CONFIGURATION_CHAINCODE, decodeRevoked, type RevokedCertificates } from './channel-configuration.ts';
import {
  decodeDataHash,
  decodeHeight,
  decodePlace,
  isUnknownTransaction,
  QUERY_CHAINCODE,
  type TransactionPlace,
} from './chain-queries.ts';
import { connectPeer, DEFAULT_DEADLINES, type Deadlines, type Endpoint } from './connection.ts';
import { corroborate } from './corroboration.ts';
import { LedgerError, ledgerError } from './ledger-error.ts';
import type { Authorities } from './signed-response.ts';
import { type OfflineCalls, PeerOfflineCalls } from './offline-calls.ts';
import { signingWith } from './signer.ts';
import { submitTransaction, type Submission, type SubmitOptions } from './submission.ts';

export type { RevokedCertificates } from './channel-configuration.ts';
export type { LedgerBlock } from './block-decoding.ts';
export type { TransactionPlace } from './chain-queries.ts';
export type { Deadlines } from './connection.ts';
export { LedgerError } from './ledger-error.ts';
export type { Committed, Submission, SubmitOptions } from './submission.ts';

/** Name of the contracts' package on every channel. */
export const CHAINCODE = 'biot';

/** A transaction of one of our contracts: `DeviceContract`, `Get`, `['press-07']`. */
export interface LedgerCall {
  readonly channel: Channel;
  readonly contract: string;
  readonly transaction: string;
  readonly args: readonly string[];
  /**
   * What the endorsing peers get and no block holds. A majority of the organisations sees it: for what is a secret
   * towards the others and the future, not towards them.
   */
  readonly transient?: Readonly<Record<string, string>>;
}

/** Who acts: certificate and key of a member. */
export interface LedgerIdentity {
  readonly identity: { readonly mspId: string; /** PEM. */ readonly certificate: string };
  /** Signs messages with ECDSA on their SHA-256, or the private key (PEM) to do it with. */
  readonly signer: Signer | string;
}

export interface ConnectOptions extends Endpoint, LedgerIdentity {
  /** MSP id of the organisation whose peer the endpoint is; the identity's own unless stated. */
  readonly organisation?: string;
  /** Whose certificates the organisations' peers sign with, as of now; without them nothing can be corroborated. */
  readonly authorities?: () => Authorities;
  readonly deadlines?: Partial<Deadlines>;
}

/** A member's way to the ledger, through one peer. All methods throw LedgerError. */
export interface LedgerClient {
  /** Asks our organisation's own peer, and never another's: theirs is a word that we do not trust. */
  evaluate(call: LedgerCall): Promise<string>;
  /**
   * Asks two organisations' peers, and checks the signatures of both: for what a single peer's word is not enough, such as
   * a proposal that somebody is about to approve. Takes as long as an endorsement, and fails when no other organisation's
   * peer is up.
   */
  corroborate(call: LedgerCall): Promise<string>;
  /** Returns when the transaction is in a block of the peer and took effect. */
  submit(call: LedgerCall, options?: SubmitOptions): Promise<Submission>;
  /** What became of a transaction; undefined when the peer knows no block with it (yet). */
  transactionBlock(channel: Channel, transactionId: string): Promise<TransactionPlace | undefined>;
  /** Number of blocks that the peer has. */
  height(channel: Channel): Promise<number>;
  /** The members' certificates that organisations have taken back, by the channel's configuration. */
  revoked(channel: Channel): Promise<RevokedCertificates>;
  /** The data hash (hex) of the channel's first block: it tells a channel from one made anew under its name. */
  chain(channel: Channel): Promise<string>;
  /**
   * The blocks from number `from` on, as the peer commits them, without end. A block is taken from the connection
   * when the one before has been dealt with, so a slow reader slows the peer's sending and fills no memory.
   * Ends when the signal says so; throws LEDGER_UNAVAILABLE when the connection is lost.
   */
  blocks(channel: Channel, options: { from: number; signal: AbortSignal }): AsyncIterable<LedgerBlock>;
  /** Another member's way over the same connection, which closing it leaves open. */
  actingAs(member: LedgerIdentity): LedgerClient;
  /** Transactions of members whose keys are elsewhere, over the same connection. */
  readonly offline: OfflineCalls;
  close(): void;
}

/** The part of a client by which contracts are called. */
export type ContractClient = Pick<LedgerClient, 'evaluate' | 'submit'>;

/** … also by the word of two organisations. */
export type CorroboratingClient = ContractClient & Pick<LedgerClient, 'corroborate'>;

/** Never throws for an absent peer: it is looked for at the first call, and again at each. */
export function connectLedger(options: ConnectOptions): LedgerClient {
  const connection = connectPeer(options);
  return new PeerClient({
    connection,
    member: options,
    organisation: options.organisation ?? options.identity.mspId,
    authorities: options.authorities ?? (() => new Map()),
    deadlines: { ...DEFAULT_DEADLINES, ...options.deadlines },
    onClose: () => {
      connection.close();
    },
  });
}

interface PeerClientOptions {
  readonly connection: Client;
  readonly member: LedgerIdentity;
  readonly organisation: string;
  readonly authorities: () => Authorities;
  readonly deadlines: Deadlines;
  readonly onClose: () => void;
}

class PeerClient implements LedgerClient {
  readonly #options: PeerClientOptions;
  readonly #gateway: Gateway;
  readonly offline: OfflineCalls;

  constructor(options: PeerClientOptions) {
    const { connection, member, deadlines } = options;
    const within = (ms: number) => () => ({ deadline: Date.now() + ms });
    this.#options = options;
    this.offline = new PeerOfflineCalls({ ...options, chaincode: CHAINCODE });
    this.#gateway = connect({
      client: connection,
      identity: { mspId: member.identity.mspId, credentials: Buffer.from(member.identity.certificate) },
      ...signingWith(member.signer),
      evaluateOptions: within(deadlines.evaluate),
      endorseOptions: within(deadlines.endorse),
    });
  }

  async evaluate({ channel, contract, transaction, args }: LedgerCall): Promise<string> {
    const answer = await this.#ask(this.#contract(channel, contract), transaction, args);
    return Buffer.from(answer).toString('utf8');
  }

  async corroborate(call: LedgerCall): Promise<string> {
    const { organisation, authorities } = this.#options;
    return corroborate({
      propose: () => this.#propose(call),
      organisation,
      authorities: authorities(),
      sleep: delay,
    });
  }

  async submit(call: LedgerCall, options?: SubmitOptions): Promise<Submission> {
    return submitTransaction({
      ...options,
      propose: () => this.#propose(call),
      organisation: this.#options.organisation,
      deadlines: this.#options.deadlines,
      sleep: delay,
    });
  }

  async transactionBlock(channel: Channel, transactionId: string): Promise<TransactionPlace | undefined> {
    try {
      return decodePlace(await this.#query(channel, 'GetBlockByTxID', transactionId), transactionId);
    } catch (error) {
      if (error instanceof LedgerError && isUnknownTransaction(error)) return undefined;
      throw error;
    }
  }

  async height(channel: Channel): Promise<number> {
    return decodeHeight(await this.#query(channel, 'GetChainInfo'));
  }

  async revoked(channel: Channel): Promise<RevokedCertificates> {
    const contract = this.#gateway.getNetwork(channel).getContract(CONFIGURATION_CHAINCODE);
    return decodeRevoked(await this.#ask(contract, 'GetChannelConfig', [channel]));
  }

  async chain(channel: Channel): Promise<string> {
    return decodeDataHash(await this.#query(channel, 'GetBlockByNumber', '0'));
  }

  async *blocks(
    channel: Channel,
    { from, signal }: { from: number; signal: AbortSignal },
  ): AsyncGenerator<LedgerBlock, void, undefined> {
    if (signal.aborted) return;
    const events = await this.#gateway.getNetwork(channel).getBlockEvents({ startBlock: BigInt(from) });
    const stop = (): void => {
      events.close();
    };
    signal.addEventListener('abort', stop);
    try {
      for await (const block of events) yield decodeBlock(block);
    } catch (cause) {
      if (!isAborted(signal)) throw ledgerError({ phase: 'events', cause });
    } finally {
      signal.removeEventListener('abort', stop);
      events.close();
    }
  }

  actingAs(member: LedgerIdentity): LedgerClient {
    return new PeerClient({ ...this.#options, member, onClose: () => undefined });
  }

  close(): void {
    this.#gateway.close();
    this.#options.onClose();
  }

  #contract(channel: Channel, name: string): Contract {
    return this.#gateway.getNetwork(channel).getContract(CHAINCODE, name);
  }

  #propose({ channel, contract, transaction, args, transient }: LedgerCall): Proposal {
    return this.#contract(channel, contract).newProposal(transaction, {
      arguments: [...args],
      ...(transient === undefined ? {} : { transientData: transient }),
    });
  }

  #query(channel: Channel, transaction: string, ...args: string[]): Promise<Uint8Array> {
    const contract = this.#gateway.getNetwork(channel).getContract(QUERY_CHAINCODE);
    return this.#ask(contract, transaction, [channel, ...args]);
  }

  async #ask(contract: Contract, transaction: string, args: readonly string[]): Promise<Uint8Array> {
    try {
      return await contract.evaluate(transaction, {
        arguments: [...args],
        endorsingOrganizations: [this.#options.organisation],
      });
    } catch (cause) {
      throw ledgerError({ phase: 'evaluate', organisation: this.#options.organisation, cause });
    }
  }
}

/** Read through a function, as the state may change at any `yield`, which the compiler does not see. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
