import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';
import { connect, type NetConnectOpts } from 'node:net';
import { listeningPorts } from '../home/listeners.ts';
import type { Probe } from './process-spec.ts';

const PROBE_TIMEOUT_MS = 2_000;

/** Somebody accepts connections on 127.0.0.1. */
export function tcpProbe(port: number): Probe {
  return () => connects({ host: '127.0.0.1', port });
}

/** Somebody listens on the port. Asks the kernel and not the server, which would log the connection as a failed handshake. */
export function listeningProbe(port: number): Probe {
  return () => Promise.resolve(listeningPorts().has(port));
}

/** Somebody accepts connections on a unix socket. */
export function socketProbe(path: string): Probe {
  return () => connects({ path });
}

/** The address answers 200. For `https:` the server's certificate must come from `authority` (PEM). */
export function httpProbe(url: string, authority?: string | Buffer): Probe {
  return () => {
    const timeout = AbortSignal.timeout(PROBE_TIMEOUT_MS);
    const request = url.startsWith('https:')
      ? getHttps(url, { ...(authority !== undefined && { ca: authority }), agent: false, signal: timeout })
      : getHttp(url, { agent: false, signal: timeout });
    return new Promise((resolve) => {
      request.once('error', () => {
        resolve(false);
      });
      request.once('response', (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      });
    });
  };
}

/** All of the probes say yes. */
export function allProbes(...probes: readonly Probe[]): Probe {
  return async () => (await Promise.all(probes.map((probe) => probe()))).every(Boolean);
}

function connects(target: NetConnectOpts): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ ...target, timeout: PROBE_TIMEOUT_MS });
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => {
      settle(true);
    });
    socket.once('timeout', () => {
      settle(false);
    });
    socket.once('error', () => {
      settle(false);
    });
  });
}
