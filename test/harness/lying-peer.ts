import {
  Client,
  credentials,
  type handleUnaryCall,
  type MethodDefinition,
  Server,
  ServerCredentials,
} from '@grpc/grpc-js';
import { common, gateway, peer } from '@hyperledger/fabric-protos';
import { createPrivateKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { organisationCrypto } from '../../network/fabric/crypto-paths.ts';
import type { Home } from '../../network/home/home.ts';
import type { OrganisationName } from '../../network/home/organisations.ts';
import { certificatePem, issueCertificate } from '../../network/pki/authority.ts';
import { openAuthority } from '../../network/pki/credentials.ts';
import { generateKeyPair, privateKeyPem, publicKeyDer } from '../../network/pki/keys.ts';

/** A call of a chaincode, as it stands in a proposal: `biot`, `['DeviceContract:Get', 'press-07']`. */
export interface Asked {
  chaincode: string;
  channel: string;
  args: string[];
}

/** What becomes of an honest answer: another one, the same, or none at all. */
export type Lie = (asked: Asked, answer: Uint8Array) => Uint8Array | 'silence';

export const honest: Lie = (_, answer) => answer;

/**
 * Stands in front of an organisation's peer, as that organisation could set it up: with a TLS certificate of its TLS
 * authority and, unless it is told otherwise, with the peer's own key to sign what it makes of the peer's answers.
 */
export class LyingPeer {
  lie: Lie = honest;
  /** Without: what was altered keeps the signature of what it was. */
  signs = true;
  readonly #server = new Server();
  readonly #peer: Client;
  readonly #key: string;

  private constructor(peerClient: Client, key: string) {
    this.#peer = peerClient;
    this.#key = key;
    this.#server.addService(
      {
        processProposal: unary('/protos.Endorser/ProcessProposal'),
        evaluate: unary('/gateway.Gateway/Evaluate'),
        endorse: unary('/gateway.Gateway/Endorse'),
      },
      {
        processProposal: this.#passing('/protos.Endorser/ProcessProposal', (request, answer) => {
          const asked = askedIn(peer.SignedProposal.deserializeBinary(request).getProposalBytes_asU8());
          const response = peer.ProposalResponse.deserializeBinary(answer);
          return this.#altered(asked, response);
        }),
        evaluate: this.#passing('/gateway.Gateway/Evaluate', (request, answer) => {
          const proposal = gateway.EvaluateRequest.deserializeBinary(request).getProposedTransaction();
          const response = gateway.EvaluateResponse.deserializeBinary(answer);
          const lie = this.lie(
            askedIn(proposal!.getProposalBytes_asU8()),
            response.getResult()!.getPayload_asU8(),
          );
          if (lie === 'silence') return lie;
          response.getResult()!.setPayload(lie);
          return Buffer.from(response.serializeBinary());
        }),
        endorse: this.#passing('/gateway.Gateway/Endorse', (request, answer) => {
          const proposal = gateway.EndorseRequest.deserializeBinary(request).getProposedTransaction();
          return this.#alteredTransaction(askedIn(proposal!.getProposalBytes_asU8()), answer);
        }),
      },
    );
  }

  static async inFrontOf(
    home: Home,
    organisation: OrganisationName,
  ): Promise<LyingPeer & { address: string }> {
    const crypto = organisationCrypto(home, organisation);
    const authority = openAuthority(crypto.tlsAuthority);
    const root = Buffer.from(certificatePem(authority.certificate));
    const real = new Client(
      `127.0.0.1:${home.ports.organisations[organisation].peer}`,
      credentials.createSsl(root),
      { 'grpc.ssl_target_name_override': 'localhost' },
    );
    const { privateKey, publicKey } = generateKeyPair();
    const certificate = await issueCertificate(authority, {
      commonName: `peer.${organisation}`,
      publicKey: publicKeyDer(publicKey),
      usages: ['server'],
      hosts: ['localhost', '127.0.0.1'],
      days: 1,
    });
    const key = readFileSync(join(crypto.peer.msp, 'keystore', 'priv_sk'), 'utf8');
    const stub = new LyingPeer(real, key);
    const pair = {
      private_key: Buffer.from(privateKeyPem(privateKey)),
      cert_chain: Buffer.from(certificate),
    };
    const port = await new Promise<number>((resolve, reject) => {
      stub.#server.bindAsync('127.0.0.1:0', ServerCredentials.createSsl(null, [pair]), (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
    return Object.assign(stub, { address: `127.0.0.1:${port}` });
  }

  stop(): void {
    this.#server.forceShutdown();
    this.#peer.close();
  }

  /** Asks the real peer and hands on what `alter` makes of the answer. */
  #passing(
    path: string,
    alter: (request: Buffer, answer: Buffer) => Buffer | 'silence',
  ): handleUnaryCall<Buffer, Buffer> {
    return (call, callback) => {
      this.#peer.makeUnaryRequest(path, asIs, asIs, call.request, (error, answer) => {
        if (error !== null || answer === undefined) {
          callback(error);
          return;
        }
        const altered = alter(call.request, answer);
        if (altered !== 'silence') callback(null, altered);
      });
    };
  }

  #altered(asked: Asked, response: peer.ProposalResponse): Buffer | 'silence' {
    const endorsement = response.getEndorsement();
    const honestly = response.getResponse()?.getPayload_asU8() ?? new Uint8Array();
    const lie = this.lie(asked, honestly);
    if (lie === 'silence') return lie;
    if (lie !== honestly && endorsement !== undefined) {
      const payload = withAnswer(response.getPayload_asU8(), lie);
      response.setPayload(payload);
      response.getResponse()?.setPayload(lie);
      if (this.signs) endorsement.setSignature(this.#sign(payload, endorsement));
    }
    return Buffer.from(response.serializeBinary());
  }

  /** The organisation's own signature is renewed; those of the others it cannot make. */
  #alteredTransaction(asked: Asked, answer: Buffer): Buffer | 'silence' {
    const response = gateway.EndorseResponse.deserializeBinary(answer);
    const envelope = response.getPreparedTransaction()!;
    const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8());
    const transaction = peer.Transaction.deserializeBinary(payload.getData_asU8());
    const [action] = transaction.getActionsList();
    const content = peer.ChaincodeActionPayload.deserializeBinary(action!.getPayload_asU8());
    const endorsed = content.getAction()!;
    const honestly = answerIn(endorsed.getProposalResponsePayload_asU8());
    const lie = this.lie(asked, honestly);
    if (lie === 'silence') return lie;
    if (lie === honestly) return answer;
    const signed = withAnswer(endorsed.getProposalResponsePayload_asU8(), lie);
    endorsed.setProposalResponsePayload(signed);
    if (this.signs)
      for (const each of endorsed.getEndorsementsList()) each.setSignature(this.#sign(signed, each));
    action!.setPayload(content.serializeBinary());
    payload.setData(transaction.serializeBinary());
    envelope.setPayload(payload.serializeBinary());
    return Buffer.from(response.serializeBinary());
  }

  #sign(payload: Uint8Array, endorsement: peer.Endorsement): Uint8Array {
    const bytes = Buffer.concat([payload, endorsement.getEndorser_asU8()]);
    return sign('sha256', bytes, createPrivateKey(this.#key));
  }
}

function withAnswer(signed: Uint8Array, answer: Uint8Array): Uint8Array {
  const payload = peer.ProposalResponsePayload.deserializeBinary(signed);
  const action = peer.ChaincodeAction.deserializeBinary(payload.getExtension_asU8());
  action.getResponse()!.setPayload(answer);
  payload.setExtension$(action.serializeBinary());
  return payload.serializeBinary();
}

function answerIn(signed: Uint8Array): Uint8Array {
  const payload = peer.ProposalResponsePayload.deserializeBinary(signed);
  return peer.ChaincodeAction.deserializeBinary(payload.getExtension_asU8()).getResponse()!.getPayload_asU8();
}

function askedIn(proposalBytes: Uint8Array): Asked {
  const proposal = peer.Proposal.deserializeBinary(proposalBytes);
  const header = common.Header.deserializeBinary(proposal.getHeader_asU8());
  const channel = common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8()).getChannelId();
  const payload = peer.ChaincodeProposalPayload.deserializeBinary(proposal.getPayload_asU8());
  const spec = peer.ChaincodeInvocationSpec.deserializeBinary(payload.getInput_asU8()).getChaincodeSpec()!;
  return {
    chaincode: spec.getChaincodeId()!.getName(),
    channel,
    args: spec
      .getInput()!
      .getArgsList_asU8()
      .map((arg) => Buffer.from(arg).toString('utf8')),
  };
}

function asIs(bytes: Buffer): Buffer {
  return bytes;
}

function unary(path: string): MethodDefinition<Buffer, Buffer> {
  return {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  };
}
