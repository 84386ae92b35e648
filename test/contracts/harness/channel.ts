import './quiet-logs.ts';

import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';

import { expect } from 'chai';
import fabricContractApi from 'fabric-contract-api';
import ChaincodeFromContract from 'fabric-shim/lib/contract-spi/chaincodefromcontract.js';
import ChaincodeStub from 'fabric-shim/lib/stub.js';
import { z } from 'zod';

import { decodeContractError, type ErrorCode } from '../../../chaincode/protocol/errors.ts';
import { type Credentials, enrolRole } from './members.ts';
import { signedProposal, type Timestamp, timestampOf, type Transient } from './proposal.ts';
import { Simulation } from './simulation.ts';
import { WorldState } from './world-state.ts';

/** The contracts as they are deployed: the built ones, through the entry that `fabric-chaincode-node` uses. */
function loadContracts(): unknown[] {
  const entry: unknown = createRequire(import.meta.url)('../../../chaincode');
  return [...z.object({ contracts: z.array(z.unknown()) }).parse(entry).contracts];
}

const chaincode = new ChaincodeFromContract(loadContracts(), {
  transaction: 'json',
  serializers: { json: fabricContractApi.JSONSerializer },
});

/** `Contract:Transaction` of all that the contracts offer. */
export function offeredTransactions(): string[] {
  return Object.entries(chaincode.metadata.contracts)
    .filter(([contract]) => contract !== 'org.hyperledger.fabric')
    .flatMap(([contract, { transactions }]) => transactions.map(({ name }) => `${contract}:${name}`));
}

/** What a transaction `Contract:Transaction` takes, if it changes something; undefined when there is no such one. */
export function changingParameters(transaction: string): string[] | undefined {
  const [contract = '', method] = transaction.split(':');
  const found = chaincode.metadata.contracts[contract]?.transactions.find(({ name }) => name === method);
  return found?.tag.includes('submitTx') === true
    ? (found.parameters ?? []).map(({ name }) => name)
    : undefined;
}

export interface Call {
  creator: Credentials;
  transaction: string;
  timestamp: Timestamp;
  args: readonly string[];
  transient?: Transient;
}

export interface Endorsement {
  status: number;
  message: string;
  /** The transaction's answer: JSON, except when it was refused. */
  result: string;
  event: { name: string; payload: string } | undefined;
  simulation: Simulation;
}

export interface Committed {
  result: unknown;
  event: { name: string; payload: unknown } | undefined;
  /** Keys written. */
  writes: string[];
  transaction: string;
}

/** The refusal of a call, in place of its answer. */
export class Refused extends Error {
  readonly code: ErrorCode;

  constructor({ code, message }: { code: ErrorCode; message: string }) {
    super(message);
    this.code = code;
  }
}

/** When the client's clock begins; every call takes a second. */
const START = new Date('2026-01-01T00:00:00.000Z');

/** One channel with its contracts: a peer's state in memory, and everything above it as it is in production. */
export class TestChannel {
  readonly state = new WorldState();
  readonly #name: string;
  #calls = 0;

  /** A channel without any state: nobody may do anything there. */
  constructor(name: string) {
    this.#name = name;
  }

  /** A channel with the rules that a consortium begins with. */
  static async begin(name: string): Promise<TestChannel> {
    const channel = new TestChannel(name);
    await channel.submit(await enrolRole('manufacturer', 'admin'), 'PolicyContract:Initialise');
    return channel;
  }

  /** Two organisations endorse; their answers must be the same to the byte. Then the transaction is committed. */
  async submit(creator: Credentials, name: string, ...args: string[]): Promise<Committed> {
    return this.submitCall(this.#call(creator, [name, ...args]));
  }

  /** The same for a call that was prepared. */
  async submitCall(call: Call): Promise<Committed> {
    const [endorsement, other] = [await this.endorse(call), await this.endorse(call)];
    expect(comparable(endorsement)).to.deep.equal(comparable(other));
    const { result, event } = accepted(endorsement);
    expect(this.commit(call, endorsement), 'valid at commit').to.equal(true);
    return {
      result: JSON.parse(result),
      event: event && { name: event.name, payload: JSON.parse(event.payload) },
      writes: [...endorsement.simulation.writes.keys()],
      transaction: call.transaction,
    };
  }

  async evaluate(creator: Credentials, name: string, ...args: string[]): Promise<unknown> {
    const endorsement = accepted(await this.endorse(this.#call(creator, [name, ...args])));
    expect(endorsement.simulation.writes.size, `${name} is for reading`).to.equal(0);
    return JSON.parse(endorsement.result);
  }

  /** @returns why the call is refused; fails when it is not, or when anything is written all the same */
  async refusal(creator: Credentials, name: string, ...args: string[]): Promise<Refused> {
    return this.refusalOf(this.#call(creator, [name, ...args]));
  }

  /** The same for a call that was prepared. */
  async refusalOf(call: Call): Promise<Refused> {
    const endorsement = await this.endorse(call);
    try {
      accepted(endorsement);
    } catch (error) {
      if (error instanceof Refused) return error;
      throw error;
    }
    throw new Error(`${call.args[0]} was not refused: ${endorsement.result}`);
  }

  async endorse({ creator, transaction, timestamp, args, transient = {} }: Call): Promise<Endorsement> {
    const simulation = new Simulation(this.state);
    const stub = new ChaincodeStub(
      simulation,
      this.#name,
      transaction,
      { getArgsList_asU8: () => args.map((argument) => Buffer.from(argument)) },
      signedProposal({ creator, channel: this.#name, transaction, timestamp, transient }),
    );
    const { status, message, payload } = await chaincode.Invoke(stub);
    const event = stub.chaincodeEvent;
    return {
      status,
      message,
      result: Buffer.from(payload ?? []).toString(),
      event: event && {
        name: event.getEventName(),
        payload: Buffer.from(event.getPayload_asU8()).toString(),
      },
      simulation,
    };
  }

  commit({ transaction, timestamp }: Call, { simulation }: Endorsement): boolean {
    const seconds = Number(timestamp.seconds);
    return this.state.commit(simulation, { transaction, timestamp: new Date(seconds * 1000) });
  }

  /** A call in its own right: endorsed and committed by hand, for what happens in between. */
  prepare(creator: Credentials, name: string, ...args: string[]): Call {
    return this.#call(creator, [name, ...args]);
  }

  #call(creator: Credentials, args: readonly string[]): Call {
    this.#calls += 1;
    const timestamp = timestampOf(new Date(START.getTime() + this.#calls * 1000));
    const transaction = createHash('sha256').update(`${this.#name} ${this.#calls}`).digest('hex');
    return { creator, transaction, timestamp, args };
  }
}

function comparable({ status, message, result, event, simulation }: Endorsement): object {
  const writes = [...simulation.writes].map(
    ([key, value]) => `${key} ${value && Buffer.from(value).toString()}`,
  );
  return { status, message, result, event, writes };
}

/** The endorsement, when it is one. @throws Refused with the code that a client finds in the text that a peer makes of it */
export function accepted(endorsement: Endorsement): Endorsement {
  if (endorsement.status === 200) return endorsement;
  const refusal = decodeContractError(`chaincode response ${endorsement.status}, ${endorsement.message}`);
  if (refusal === undefined) throw new Error(`uncoded failure: ${endorsement.message}`);
  throw new Refused(refusal);
}
