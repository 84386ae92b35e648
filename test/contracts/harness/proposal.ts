import type { Credentials } from './members.ts';
import { encodeFields } from './protobuf.ts';

/** google.protobuf.Timestamp */
export function encodeTimestamp({ seconds, nanos }: Timestamp): Uint8Array {
  return encodeFields({ 1: seconds, 2: nanos });
}

export interface Timestamp {
  seconds: bigint;
  nanos: number;
}

export function timestampOf(date: Date): Timestamp {
  const milliseconds = ((date.getTime() % 1000) + 1000) % 1000;
  return { seconds: BigInt((date.getTime() - milliseconds) / 1000), nanos: milliseconds * 1_000_000 };
}

/** What reaches the endorsers alone, and no block. */
export type Transient = Readonly<Record<string, string | Uint8Array>>;

export interface Proposal {
  creator: Credentials;
  channel: string;
  transaction: string;
  timestamp: Timestamp;
  transient: Transient;
}

/** A proposal as the peer hands it to a chaincode. The peer has checked the signature before: there is none. */
export function signedProposal({ creator, channel, transaction, timestamp, transient }: Proposal): {
  getProposalBytes(): Uint8Array;
  getSignature(): Uint8Array;
} {
  // Field numbers of SerializedIdentity, ChannelHeader, SignatureHeader, Header, ChaincodeProposalPayload, Proposal.
  const identity = encodeFields({ 1: creator.mspId, 2: creator.certificate });
  const channelHeader = encodeFields({ 3: encodeTimestamp(timestamp), 4: channel, 5: transaction });
  const signatureHeader = encodeFields({ 1: identity, 2: transaction });
  const header = encodeFields({ 1: channelHeader, 2: signatureHeader });
  const payload = Buffer.concat([
    encodeFields({ 1: 'input' }),
    ...Object.entries(transient).map(encodeEntry),
  ]);
  const proposal = encodeFields({ 1: header, 2: payload });
  return { getProposalBytes: () => proposal, getSignature: () => new Uint8Array() };
}

/** An entry of the map in field 2 of ChaincodeProposalPayload. */
function encodeEntry([name, value]: [string, string | Uint8Array]): Uint8Array {
  return encodeFields({ 2: encodeFields({ 1: name, 2: value }) });
}
