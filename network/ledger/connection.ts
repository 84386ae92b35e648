import { Client, type ClientOptions, credentials } from '@grpc/grpc-js';
import { isIP } from 'node:net';

/** How long each phase of a call may take, in milliseconds. */
export interface Deadlines {
  /** A query on the own peer. */
  readonly evaluate: number;
  /** Execution on a majority of the peers. */
  readonly endorse: number;
  /**
   * Until an orderer has taken the transaction, however many have to be asked; longer than the peer's
   * `gateway.broadcastTimeout` for one of them.
   */
  readonly submit: number;
  /** Until the own peer has committed the block. */
  readonly commitStatus: number;
}

export const DEFAULT_DEADLINES: Deadlines = {
  evaluate: 5_000,
  endorse: 15_000,
  submit: 5_000,
  commitStatus: 15_000,
};

export interface Endpoint {
  /** `host:port` of the peer. */
  readonly endpoint: string;
  /** The certificate (PEM) that the peer's TLS certificate must descend from. */
  readonly tlsRootCertificate: string;
  /** The name its TLS certificate must bear, when it is not the endpoint's host. */
  readonly serverName?: string;
}

const MEBIBYTE = 1024 * 1024;

const CHANNEL_OPTIONS: ClientOptions = {
  // Notices a peer that went without a word (a pulled cable). Peers close the connection of who asks more often
  // than once a minute (core.yaml: peer.keepalive.minInterval), so a little slower than that.
  'grpc.keepalive_time_ms': 75_000,
  'grpc.keepalive_timeout_ms': 10_000,
  // A peer that was restarted should be found again within seconds; gRPC's own pauses grow to two minutes.
  'grpc.initial_reconnect_backoff_ms': 250,
  'grpc.max_reconnect_backoff_ms': 1_000,
  // A block may have 10 MiB of transactions (BatchSize.AbsoluteMaxBytes), and one transaction alone more: Fabric's
  // own bound is 100 MiB (gRPC's is 4).
  'grpc.max_receive_message_length': 100 * MEBIBYTE,
  'grpc.enable_http_proxy': 0,
};

/** One HTTP/2 connection with TLS to a peer; it is made at the first call and made again when it was lost. */
export function connectPeer({ endpoint, tlsRootCertificate, serverName }: Endpoint): Client {
  const name = serverName ?? nameFor(endpoint);
  return new Client(endpoint, credentials.createSsl(Buffer.from(tlsRootCertificate)), {
    ...CHANNEL_OPTIONS,
    ...(name === undefined ? {} : { 'grpc.ssl_target_name_override': name }),
  });
}

/** TLS cannot name an IP address (RFC 6066 section 3), and Node warns when it is asked to: on loopback ask for its name. */
function nameFor(endpoint: string): string | undefined {
  const host = endpoint.slice(0, endpoint.lastIndexOf(':'));
  return isIP(host) !== 0 && host.startsWith('127.') ? 'localhost' : undefined;
}
