/**
 * Fabric's transaction proposal (fabric-protos: gateway/gateway.proto, peer/proposal.proto, common/common.proto): what
 * a member signs first, and what everything else follows from.
 */
import { equalBytes } from '../../chaincode/protocol/bytes.ts';
import { sha256, toHex } from '../../chaincode/protocol/hash.ts';
import {
  bytesField,
  element,
  Fields,
  integerField,
  malformed,
  message,
  textField,
  utf8,
  utf8Text,
} from './protobuf.ts';

/** Name of the contracts' package on every channel. */
const CHAINCODE = 'biot';

/** A transaction of one of our contracts: all that a person decides on. */
export interface LedgerAction {
  readonly channel: string;
  readonly contract: string;
  readonly method: string;
  readonly arguments: readonly string[];
  /**
   * The code that the contract is to take, as transient data (`code`): the endorsing peers get it with the proposal, and
   * no block has it. So a transaction is without, though its proposal was with one.
   */
  readonly code?: string;
}

/** Whose signature it is to be. */
export interface Signatory {
  readonly mspId: string;
  /** PEM */
  readonly certificate: string;
}

/** What a proposal says, beyond what all of ours have in common. */
interface Contents {
  readonly action: LedgerAction;
  readonly signatory: Signatory;
  /** Makes the transaction's id one of its own. */
  readonly nonce: Uint8Array;
  /** Since the Unix epoch. */
  readonly time: { readonly seconds: number; readonly nanoseconds: number };
}

export interface Proposal extends Contents {
  readonly transactionId: string;
  /** What the signature is made over. */
  readonly signed: Uint8Array;
  /** These two come again, byte for byte, in the transaction: the payload is without transient data. */
  readonly header: Uint8Array;
  readonly payload: Uint8Array;
}

const NONCE_BYTES = 24;
/** common.HeaderType */
const ENDORSER_TRANSACTION = 3;
/** peer.ChaincodeSpec.Type, as the Gateway SDK writes it. */
const NODE = 2;
const NANOSECONDS = 1_000_000_000;

/**
 * Reads a prepared proposal (gateway.ProposedTransaction) that nobody has signed yet.
 *
 * It is understood only when our own encoding of what was read gives the very same bytes: so it holds nothing besides,
 * no transient data but a code, no other contracts, no field that a peer might read and we did not.
 *
 * @throws BiotError MESSAGE_MALFORMED
 */
export function readProposal(prepared: Uint8Array): Proposal {
  const proposal = new Fields(new Fields(new Fields(prepared).bytes(2)).bytes(1));
  const contents = readContents(proposal.bytes(1), proposal.bytes(2));
  if (!equalBytes(encodeProposal(contents), prepared))
    throw malformed('it holds more than a proposal of ours');
  return describe(contents);
}

/** What the two parts say that a proposal and its transaction share. */
export function readContents(header: Uint8Array, payload: Uint8Array): Contents {
  const parts = new Fields(header);
  const channel = new Fields(parts.bytes(1));
  const signature = new Fields(parts.bytes(2));
  const time = new Fields(channel.bytes(3));
  return {
    action: { channel: channel.text(4), ...readInvocation(payload) },
    signatory: readSignatory(signature.bytes(1)),
    nonce: signature.bytes(2),
    time: { seconds: time.integer(1), nanoseconds: time.integer(2) },
  };
}

/** All that follows from the contents. @throws BiotError MESSAGE_MALFORMED for contents that no proposal has */
export function describe(contents: Contents): Proposal {
  const { nonce, signatory, time } = contents;
  if (nonce.length !== NONCE_BYTES) throw malformed(`its nonce has not ${NONCE_BYTES} bytes`);
  if (time.nanoseconds >= NANOSECONDS) throw malformed('its time is none');
  const transactionId = toHex(sha256(message(nonce, encodeSignatory(signatory))));
  const header = encodeHeader(contents, transactionId);
  const payload = encodePayload(contents.action);
  const withCode = message(payload, encodeTransient(contents.action));
  const signed = message(bytesField(1, header), bytesField(2, withCode));
  return { ...contents, transactionId, signed, header, payload };
}

/** gateway.ProposedTransaction with the unsigned peer.SignedProposal in it. */
export function encodeProposal(contents: Contents): Uint8Array {
  const { transactionId, signed } = describe(contents);
  return message(textField(1, transactionId), bytesField(2, bytesField(1, signed)));
}

/** msp.SerializedIdentity */
export function encodeSignatory({ mspId, certificate }: Signatory): Uint8Array {
  return message(textField(1, mspId), textField(2, certificate));
}

export function readSignatory(identity: Uint8Array): Signatory {
  const fields = new Fields(identity);
  return { mspId: fields.text(1), certificate: fields.text(2) };
}

/** common.Header */
function encodeHeader({ action, signatory, nonce, time }: Contents, transactionId: string): Uint8Array {
  const channelHeader = message(
    integerField(1, ENDORSER_TRANSACTION),
    bytesField(3, message(integerField(1, time.seconds), integerField(2, time.nanoseconds))),
    textField(4, action.channel),
    textField(5, transactionId),
    bytesField(7, bytesField(2, chaincodeId())),
  );
  const signatureHeader = message(bytesField(1, encodeSignatory(signatory)), bytesField(2, nonce));
  return message(bytesField(1, channelHeader), bytesField(2, signatureHeader));
}

/** peer.ChaincodeProposalPayload with a peer.ChaincodeInvocationSpec. */
function encodePayload({ contract, method, arguments: values }: LedgerAction): Uint8Array {
  const input = [`${contract}:${method}`, ...values].map((text) => element(1, utf8(text)));
  const specification = message(
    integerField(1, NODE),
    bytesField(2, chaincodeId()),
    bytesField(3, message(...input)),
  );
  return bytesField(1, bytesField(1, specification));
}

const CODE = 'code';

/** The field of a peer.ChaincodeProposalPayload, a map, that comes after its invocation. */
function encodeTransient({ code }: LedgerAction): Uint8Array {
  return code === undefined ? message() : element(2, message(textField(1, CODE), textField(2, code)));
}

function readTransient(payload: Uint8Array): Pick<LedgerAction, 'code'> {
  const [entry] = new Fields(payload).list(2);
  return entry === undefined ? {} : { code: new Fields(entry).text(2) };
}

function chaincodeId(): Uint8Array {
  return textField(2, CHAINCODE);
}

function readInvocation(payload: Uint8Array): Omit<LedgerAction, 'channel'> {
  const specification = new Fields(new Fields(new Fields(payload).bytes(1)).bytes(1));
  const [name = '', ...values] = new Fields(specification.bytes(3)).list(1).map(utf8Text);
  const [contract = '', method = ''] = name.split(':');
  return { contract, method, arguments: values, ...readTransient(payload) };
}
