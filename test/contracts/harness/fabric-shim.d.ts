/** The parts of fabric-shim that a peer's connection is made of, and which its own types leave out. */

declare module 'fabric-shim/lib/stub.js' {
  interface ChaincodeEvent {
    getEventName(): string;
    getPayload_asU8(): Uint8Array;
  }

  interface ChaincodeInput {
    getArgsList_asU8(): Uint8Array[];
  }

  interface SignedProposal {
    getProposalBytes(): Uint8Array;
    getSignature(): Uint8Array;
  }

  export default class ChaincodeStub {
    constructor(
      handler: object,
      channel: string,
      transaction: string,
      input: ChaincodeInput,
      proposal: SignedProposal,
    );
    readonly chaincodeEvent?: ChaincodeEvent;
  }
}

declare module 'fabric-shim/lib/iterators.js' {
  interface QueryResult {
    getResultbytes(): Uint8Array;
  }

  interface QueryResponse {
    getId(): string;
    getHasMore(): boolean;
    getResultsList(): QueryResult[];
  }

  type Iterator = new (
    handler: object,
    channel: string,
    transaction: string,
    response: QueryResponse,
  ) => object;

  const iterators: { StateQueryIterator: Iterator; HistoryQueryIterator: Iterator };
  export default iterators;
}

declare module 'fabric-shim/lib/contract-spi/chaincodefromcontract.js' {
  import type ChaincodeStub from 'fabric-shim/lib/stub.js';

  interface Response {
    status: number;
    message: string;
    payload?: Uint8Array;
  }

  interface Transaction {
    name: string;
    /** `SUBMIT` or `EVALUATE`, and `submitTx` with the former. */
    tag: string[];
    parameters?: { name: string }[];
  }

  export default class ChaincodeFromContract {
    constructor(contracts: unknown[], serializers: object);
    readonly metadata: { contracts: Record<string, { transactions: Transaction[] }> };
    Invoke(stub: ChaincodeStub): Promise<Response>;
  }
}
