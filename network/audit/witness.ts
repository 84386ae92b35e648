import { Gateway, type Network, type X509Identity } from 'fabric-network';
import { decodeContractError } from '../../chaincode/protocol/errors.ts';
import type { Channel, Organisation } from '../home/organisations.ts';
import type { LedgerIdentity } from '../ledger/client.ts';
import { type Authorities, readResponse, signerOf } from '../ledger/signed-response.ts';

/** A peer to be heard, and how it is reached. */
export interface Peer {
  readonly name: string;
  readonly organisation: Organisation;
  /** `host:port`. */
  readonly address: string;
  /** The certificate (PEM) that the peer's TLS certificate must descend from. */
  readonly tlsRootCertificate: string;
}

/** Who asks: certificate and key in PEM. */
export type Auditor = LedgerIdentity['identity'] & { readonly privateKey: string };

/** A call of a chaincode; system chaincodes (`qscc`, `_lifecycle`) answer about the channel. */
export interface Question {
  readonly channel: Channel;
  readonly chaincode: string;
  readonly function: string;
  readonly args: readonly string[];
}

/**
 * What a peer said: an answer of the contract, or the contract's refusal, which is an answer, too. `unsigned` is
 * anything that does not bear the signature of the organisation's peer over our question and the answer.
 */
export type Testimony =
  | { readonly kind: 'answer'; readonly bytes: Uint8Array }
  | { readonly kind: 'refusal'; readonly text: string }
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'silence'; readonly reason: string };

/** One peer, asked by itself. */
export interface Witness {
  readonly peer: Peer;
  /** Never throws: whatever goes wrong is the testimony. */
  ask(question: Question): Promise<Testimony>;
  close(): void;
}

/** How long a peer may take to accept a connection, and to answer a question. */
const CONNECT_WITHIN_MS = 3_000;
const ANSWER_WITHIN_MS = 5_000;

/** The connection is made at the first question, and made again when it was lost. */
export function callWitness(peer: Peer, auditor: Auditor, authorities: Authorities): Witness {
  return new PeerWitness(peer, auditor, authorities);
}

/**
 * On fabric-network, since the Gateway SDK can only speak to a peer's gateway service, which may ask another peer or
 * answer for it; here each proposal goes to the one peer, and its signed answer comes back as it is.
 */
class PeerWitness implements Witness {
  readonly peer: Peer;
  readonly #auditor: Auditor;
  readonly #authorities: Authorities;
  readonly #gateway = new Gateway();
  #connected: Promise<void> | undefined;

  constructor(peer: Peer, auditor: Auditor, authorities: Authorities) {
    this.peer = peer;
    this.#auditor = auditor;
    this.#authorities = authorities;
  }

  async ask(question: Question): Promise<Testimony> {
    try {
      this.#connected ??= this.#connect();
      await this.#connected;
      return await this.#send(await this.#gateway.getNetwork(question.channel), question);
    } catch (error) {
      return { kind: 'silence', reason: error instanceof Error ? error.message : String(error) };
    }
  }

  close(): void {
    this.#gateway.disconnect();
  }

  async #connect(): Promise<void> {
    const { mspId, certificate, privateKey } = this.#auditor;
    const identity: X509Identity = { type: 'X.509', mspId, credentials: { certificate, privateKey } };
    await this.#gateway.connect(profileOf(this.peer), {
      identity,
      discovery: { enabled: false },
    });
  }

  async #send(network: Network, question: Question): Promise<Testimony> {
    const channel = network.getChannel();
    const [endorser] = channel.getEndorsers();
    const context = this.#gateway.identityContext;
    if (endorser === undefined || context === undefined) throw new Error('the connection is closed');
    if (!(await endorser.checkConnection()))
      return { kind: 'silence', reason: 'does not accept connections' };
    const query = channel.newQuery(question.chaincode);
    const proposal = query.build(context, { fcn: question.function, args: [...question.args] });
    query.sign(context);
    const { responses, errors } = await query.send({
      targets: [endorser],
      requestTimeout: ANSWER_WITHIN_MS,
    });
    const [said] = responses;
    if (said === undefined) return { kind: 'silence', reason: reasonOf(errors[0]) };
    if (said.response.status >= 400) return failure(said.response.message);
    return this.#signed(said, proposal);
  }

  /** What stands in the signed bytes is the answer; what is said beside them is only said. */
  #signed(
    { payload, endorsement }: { payload: Buffer; endorsement?: { endorser: Buffer; signature: Buffer } },
    proposal: Buffer,
  ): Testimony {
    const signer = endorsement && signerOf(payload, endorsement, this.#authorities);
    const response = readResponse(payload, proposal);
    if (signer !== this.peer.organisation.mspId || response === undefined) return { kind: 'unsigned' };
    return { kind: 'answer', bytes: response.payload };
  }
}

/** Peers sign no refusals. Only a contract's own is an answer; others tell of a server that cannot do its work. */
function failure(message: string): Testimony {
  const refusal = decodeContractError(message);
  if (refusal === undefined) return { kind: 'silence', reason: message };
  return { kind: 'refusal', text: `${refusal.code}: ${refusal.message}` };
}

function reasonOf(error: Error | undefined): string {
  if (error?.message === 'REQUEST TIMEOUT') return `did not answer within ${ANSWER_WITHIN_MS / 1000} s`;
  return error?.message ?? 'did not answer';
}

/** A connection profile with this peer alone, so that no question can go anywhere else. */
function profileOf({
  name,
  organisation: { mspId },
  address,
  tlsRootCertificate,
}: Peer): Record<string, unknown> {
  return {
    version: '1.0.0',
    name,
    organizations: { [name]: { mspid: mspId, peers: [name] } },
    peers: {
      [name]: {
        url: `grpcs://${address}`,
        tlsCACerts: { pem: tlsRootCertificate },
        grpcOptions: {
          // TLS cannot name an IP address (RFC 6066 section 3); peers' certificates here also bear this name.
          ...(address.startsWith('127.') && { 'ssl-target-name-override': 'localhost' }),
          'grpc-wait-for-ready-timeout': CONNECT_WITHIN_MS,
        },
      },
    },
    channels: { registry: { peers: [name] }, anchors: { peers: [name] } },
  };
}
