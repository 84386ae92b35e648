import type { Client } from '@grpc/grpc-js';
import { connect, type Gateway } from '@hyperledger/fabric-gateway';
import { setTimeout as delay } from 'node:timers/promises';
import type { Channel } from '../home/organisations.ts';
import type { Deadlines } from './connection.ts';
import { LedgerError, ledgerError } from './ledger-error.ts';
import { outcomeOf, send } from './ordering.ts';

/** A member whose key is not here. */
export interface AbsentSignatory {
  readonly mspId: string;
  /** PEM */
  readonly certificate: string;
}

interface Call {
  readonly channel: Channel;
  readonly contract: string;
  readonly method: string;
  readonly arguments: readonly string[];
  /** For the endorsing peers alone: transient data `code`. */
  readonly code?: string;
}

/**
 * A transaction in four steps, between which its member signs, wherever the key is. What goes in and out are the
 * Gateway SDK's messages (fabric-protos, gateway/gateway.proto); nothing is kept here in between. All methods but
 * `prepare` throw LedgerError, as `submit` of a client does; nothing is tried again, as that would take a new signature.
 */
export interface OfflineCalls {
  /** @returns an unsigned ProposedTransaction with an id of its own */
  prepare(call: Call, signatory: AbsentSignatory): Uint8Array;
  /** @returns an unsigned PreparedTransaction, endorsed by as many organisations as it takes */
  endorse(proposal: Uint8Array, signed: SignedBy): Promise<Uint8Array>;
  /** Hands it to the orderers. @returns an unsigned SignedCommitStatusRequest, by which to ask what became of it */
  submit(transaction: Uint8Array, signed: SignedBy): Promise<Uint8Array>;
  /** Waits until it is in a block. @returns the block's number */
  outcome(question: Uint8Array, signed: SignedBy): Promise<number>;
}

export interface SignedBy {
  readonly signatory: AbsentSignatory;
  readonly signature: Uint8Array;
  /** Id of the transaction, for errors. */
  readonly transaction: string;
}

interface OfflineOptions {
  readonly connection: Client;
  /** MSP id of the organisation whose peer we are connected to. */
  readonly organisation: string;
  readonly deadlines: Deadlines;
  readonly chaincode: string;
}

export class PeerOfflineCalls implements OfflineCalls {
  readonly #options: OfflineOptions;

  constructor(options: OfflineOptions) {
    this.#options = options;
  }

  prepare(
    { channel, contract, method, arguments: values, code }: Call,
    signatory: AbsentSignatory,
  ): Uint8Array {
    return this.#as(signatory)
      .getNetwork(channel)
      .getContract(this.#options.chaincode, contract)
      .newProposal(method, {
        arguments: [...values],
        ...(code !== undefined && { transientData: { code } }),
      })
      .getBytes();
  }

  async endorse(proposal: Uint8Array, { signatory, signature, transaction }: SignedBy): Promise<Uint8Array> {
    const { organisation, deadlines } = this.#options;
    try {
      const endorsed = await this.#as(signatory)
        .newSignedProposal(proposal, signature)
        .endorse({ deadline: Date.now() + deadlines.endorse });
      return endorsed.getBytes();
    } catch (cause) {
      throw ledgerError({ phase: 'endorse', transaction, organisation, cause });
    }
  }

  async submit(transaction: Uint8Array, { signatory, signature }: SignedBy): Promise<Uint8Array> {
    const endorsed = this.#as(signatory).newSignedTransaction(transaction, signature);
    const submitted = await send(endorsed, { deadlines: this.#options.deadlines, sleep: delay });
    return submitted.getBytes();
  }

  async outcome(question: Uint8Array, { signatory, signature, transaction }: SignedBy): Promise<number> {
    const { deadlines } = this.#options;
    try {
      const status = await this.#as(signatory)
        .newSignedCommit(question, signature)
        .getStatus({ deadline: Date.now() + deadlines.commitStatus });
      return outcomeOf(status, transaction);
    } catch (cause) {
      throw cause instanceof LedgerError ? cause : ledgerError({ phase: 'commit', transaction, cause });
    }
  }

  /** It has no signer: what is not signed already fails. */
  #as({ mspId, certificate }: AbsentSignatory): Gateway {
    return connect({
      client: this.#options.connection,
      identity: { mspId, credentials: Buffer.from(certificate) },
    });
  }
}
