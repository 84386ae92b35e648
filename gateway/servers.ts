import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';

import type { Express } from 'express';

import { BiotError } from '../chaincode/protocol/errors.ts';

export const LOOPBACK = '127.0.0.1';

/**
 * A client that takes longer to say what it wants keeps a connection busy for nothing. One that is idle is kept: a device
 * that sends each minute would otherwise begin each time with a TLS handshake, which costs more than its request.
 */
const TIMES = { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 65_000 };
/** How long requests that are under way may take once we are asked to stop. */
const DRAIN_MS = 5_000;
const SWEEP_MS = 50;

/** PEM texts. */
export interface ServerCredentials {
  readonly key: string;
  readonly certificate: string;
  /** The authority of clients that show a certificate. */
  readonly clients: string;
}

/** A client may show a certificate, and need not: whether one is enough is each route's to say. */
export function httpsServer(app: Express, { key, certificate, clients }: ServerCredentials): Server {
  const mutual = { ca: clients, requestCert: true, rejectUnauthorized: false };
  return createHttpsServer({ key, cert: certificate, ...mutual, minVersion: 'TLSv1.2', ...TIMES }, app);
}

export function httpServer(app: Express): Server {
  return createHttpServer(TIMES, app);
}

/** @throws BiotError PORT_TAKEN, or PROCESS_FAILED when the port cannot be had for another reason */
export async function listen(server: Server, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  server.once('error', reject);
  server.listen(port, LOOPBACK, () => {
    resolve(undefined);
  });
  try {
    await promise;
  } catch (cause) {
    const taken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
    throw taken
      ? new BiotError('PORT_TAKEN', `port ${port} is taken by another program`, { cause })
      : new BiotError('PROCESS_FAILED', `cannot listen on port ${port}`, { cause });
  }
  server.off('error', reject);
}

/** Takes no more connections, lets requests under way finish, and breaks off what takes too long. */
export async function drain(server: Server): Promise<void> {
  const timer = setTimeout(() => {
    server.closeAllConnections();
  }, DRAIN_MS);
  const { promise, resolve } = Promise.withResolvers<undefined>();
  server.close(() => {
    resolve(undefined);
  });
  // A connection is idle, and kept, as soon as its last request is answered.
  const sweep = setInterval(() => {
    server.closeIdleConnections();
  }, SWEEP_MS);
  await promise;
  clearInterval(sweep);
  clearTimeout(timer);
}
