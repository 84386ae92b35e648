import {
  type handleBidiStreamingCall,
  type handleUnaryCall,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  status,
} from '@grpc/grpc-js';
import { common, gateway, orderer, peer } from '@hyperledger/fabric-protos';
import { certificatePem, createAuthority, issueCertificate } from '../pki/authority.ts';
import { generateKeyPair, privateKeyPem, publicKeyDer } from '../pki/keys.ts';
import type { ConnectOptions } from './client.ts';

/** What a peer does with a query: answers, fails with a status, or never answers. */
export type Answer = Uint8Array | { code: status; details: string } | 'silence';

type Blocks = ServerDuplexStream<Buffer, Buffer>;

/** The gRPC services of a peer, over real TLS, doing what a test tells them. */
export class FakePeer {
  readonly #server = new Server();
  evaluate: (function_: string) => Answer = () => new Uint8Array();
  onBlocks: (from: number, stream: Blocks) => void = () => undefined;
  /** The organisations that queries were to be answered by. */
  readonly targets: string[][] = [];
  readonly authority = createAuthority('tlsca.test');

  constructor() {
    this.#server.addService(
      {
        evaluate: method('/gateway.Gateway/Evaluate', false),
        deliver: method('/protos.Deliver/Deliver', true),
      },
      { evaluate: this.#onEvaluate, deliver: this.#onDeliver },
    );
  }

  /** @returns what a member needs to connect to it */
  async start(hosts: readonly string[] = ['localhost']): Promise<ConnectOptions> {
    const authority = await this.authority;
    const { privateKey, publicKey } = generateKeyPair();
    const certificate = await issueCertificate(authority, {
      commonName: 'peer.test',
      publicKey: publicKeyDer(publicKey),
      usages: ['server'],
      hosts,
      days: 1,
    });
    const keys = [
      { private_key: Buffer.from(privateKeyPem(privateKey)), cert_chain: Buffer.from(certificate) },
    ];
    const port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync('127.0.0.1:0', ServerCredentials.createSsl(null, keys), (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
    return {
      endpoint: `127.0.0.1:${port}`,
      tlsRootCertificate: certificatePem(authority.certificate),
      identity: { mspId: 'OperatorMSP', certificate: 'a member' },
      signer: privateKeyPem(privateKey),
    };
  }

  /** Breaks all connections. */
  stop(): void {
    this.#server.forceShutdown();
  }

  readonly #onEvaluate: handleUnaryCall<Buffer, Buffer> = (call, callback) => {
    const request = gateway.EvaluateRequest.deserializeBinary(call.request);
    this.targets.push(request.getTargetOrganizationsList());
    const answer = this.evaluate(functionOf(request));
    if (answer === 'silence') return;
    if (!(answer instanceof Uint8Array)) {
      callback(answer);
      return;
    }
    const result = new peer.Response();
    result.setStatus(200);
    result.setPayload(answer);
    const response = new gateway.EvaluateResponse();
    response.setResult(result);
    callback(null, Buffer.from(response.serializeBinary()));
  };

  readonly #onDeliver: handleBidiStreamingCall<Buffer, Buffer> = (stream) => {
    stream.once('data', (request: Buffer) => {
      this.onBlocks(startOf(request), stream);
    });
    stream.on('error', () => undefined);
  };
}

function method(path: string, stream: boolean): MethodDefinition<Buffer, Buffer> {
  const asIs = (bytes: Buffer): Buffer => bytes;
  return {
    path,
    requestStream: stream,
    responseStream: stream,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  };
}

function functionOf(request: gateway.EvaluateRequest): string {
  const signed = request.getProposedTransaction()?.getProposalBytes_asU8() ?? new Uint8Array();
  const payload = peer.ChaincodeProposalPayload.deserializeBinary(
    peer.Proposal.deserializeBinary(signed).getPayload_asU8(),
  );
  const invocation = peer.ChaincodeInvocationSpec.deserializeBinary(payload.getInput_asU8());
  const [name] = invocation.getChaincodeSpec()?.getInput()?.getArgsList_asU8() ?? [];
  return Buffer.from(name ?? []).toString();
}

function startOf(envelope: Buffer): number {
  const payload = common.Payload.deserializeBinary(
    common.Envelope.deserializeBinary(envelope).getPayload_asU8(),
  );
  const start = orderer.SeekInfo.deserializeBinary(payload.getData_asU8()).getStart();
  return start?.getSpecified()?.getNumber() ?? -1;
}

/** A block without transactions, as a peer delivers it, made larger by `padding` bytes of metadata. */
export function deliveredBlock(number: number, padding = 0): Buffer {
  const header = new common.BlockHeader();
  header.setNumber(number);
  const metadata = new common.BlockMetadata();
  metadata.setMetadataList([new Uint8Array(padding)]);
  const block = new common.Block();
  block.setHeader(header);
  block.setMetadata(metadata);
  const response = new peer.DeliverResponse();
  response.setBlock(block);
  return Buffer.from(response.serializeBinary());
}
