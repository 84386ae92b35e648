import { createServer, type Server, type ServerOptions } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';

import type { Logger } from 'pino';
import { z } from 'zod';

import { BiotError, type ErrorCode } from '../../chaincode/protocol/errors.ts';
import type { CertificateIssuer } from '../../network/issuing/client.ts';
import { ISSUE_PATH, ISSUER_CLIENT, issueOrderSchema } from '../../network/issuing/protocol.ts';

export interface IssuerServerOptions {
  readonly issuer: CertificateIssuer;
  /** Whether the copy of the ledger is current. */
  readonly ready: () => boolean;
  /** PEM texts: the platform's authority, and the server's own certificate and key. */
  readonly credentials: { authority: string; certificate: string; key: string };
  readonly log: Pick<Logger, 'warn' | 'error'>;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const LARGEST_BODY = 16 * 1024;

/** What the issuer refuses with, over HTTP; all else is our fault. */
const STATUSES: Partial<Record<ErrorCode, number>> = {
  INVALID_ARGUMENT: 400,
  BODY_TOO_LARGE: 413,
  KEY_INVALID: 400,
  FORBIDDEN: 403,
  DEVICE_UNKNOWN: 404,
  NOT_FOUND: 404,
  DEVICE_NOT_ACTIVE: 403,
  LEDGER_STALE: 503,
};

/** An HTTPS server that lets in whoever has a certificate of the platform, and answers to the gateway. Not listening yet. */
export function issuerServer(options: IssuerServerOptions): Server {
  const { authority, certificate, key } = options.credentials;
  const settings: ServerOptions = {
    ca: authority,
    cert: certificate,
    key,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.3',
  };
  const server = createServer(settings, (request, response) => {
    void handle(options, request, response);
  });
  server.requestTimeout = 5_000;
  server.maxConnections = 64;
  return server;
}

async function handle(
  options: IssuerServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { status, body } = await answer(options, request).catch((error: unknown) => refusal(error, options));
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}

async function answer({ issuer, ready }: IssuerServerOptions, request: IncomingMessage): Promise<Answer> {
  const asked = `${request.method ?? ''} ${request.url ?? ''}`;
  if (asked === 'GET /readyz') return { status: ready() ? 200 : 503, body: { ready: ready() } };
  if (asked !== `POST ${ISSUE_PATH}`) throw new BiotError('NOT_FOUND', 'there is nothing here');
  requireGateway(request);
  const order = issueOrderSchema.safeParse(await readJson(request));
  if (!order.success)
    throw new BiotError('INVALID_ARGUMENT', 'no order for a certificate', { cause: order.error });
  return { status: 201, body: { certificate: await issuer.issue(order.data) } };
}

const gatewaySchema = z.object({ subject: z.object({ CN: z.literal(ISSUER_CLIENT) }) });

/** TLS has checked that the certificate is the platform's, and for a client; here it must be the gateway's. */
function requireGateway({ socket }: IncomingMessage): void {
  const shown = gatewaySchema.safeParse(
    socket instanceof TLSSocket ? socket.getPeerCertificate() : undefined,
  );
  if (!shown.success) throw new BiotError('FORBIDDEN', 'only the gateway may ask for certificates');
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    if (!(part instanceof Buffer)) continue;
    size += part.length;
    if (size > LARGEST_BODY) throw new BiotError('BODY_TOO_LARGE', 'the body is too large');
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch (cause) {
    throw new BiotError('INVALID_ARGUMENT', 'the body is not JSON', { cause });
  }
}

function refusal(error: unknown, { log }: IssuerServerOptions): Answer {
  const code = error instanceof BiotError ? error.code : 'INTERNAL';
  const status = STATUSES[code];
  if (status === undefined || !(error instanceof BiotError)) {
    log.error({ err: error }, 'no certificate: unexpected failure');
    return { status: 500, body: { code: 'INTERNAL', message: 'unexpected failure' } };
  }
  const { message } = error;
  log.warn({ code, reason: message }, 'no certificate');
  return { status, body: { code, message } };
}
