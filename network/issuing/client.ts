import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { BiotError, isErrorCode } from '../../chaincode/protocol/errors.ts';
import { ISSUE_PATH, issuedSchema, type IssueOrder, issueRefusalSchema } from './protocol.ts';

/** Texts are PEM. */
export interface IssuerEndpoint {
  readonly port: number;
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/** Who makes device certificates, as the gateway sees it. */
export interface CertificateIssuer {
  /**
   * @returns the certificate (PEM) for the key in the request, if that is the ledger's key of this device
   * @throws BiotError what the issuer refuses with, or ISSUER_UNAVAILABLE
   */
  issue(order: IssueOrder): Promise<string>;
}

/** The issuer waits a little for a block that is on its way. */
const PATIENCE_MS = 10_000;
const LARGEST_ANSWER = 64 * 1024;

export function issuerClient({ port, authority, certificate, key }: IssuerEndpoint): CertificateIssuer {
  const agent = new Agent({ ca: authority, cert: certificate, key, minVersion: 'TLSv1.3', keepAlive: false });
  const target: RequestOptions = {
    host: '127.0.0.1',
    port,
    // Node refuses an address as a TLS server name; the issuer's certificate names localhost too.
    servername: 'localhost',
    path: ISSUE_PATH,
    method: 'POST',
    agent,
  };
  return {
    async issue(order) {
      const { status, body } = await post(target, JSON.stringify(order)).catch((cause: unknown) => {
        throw unavailable(cause);
      });
      if (status === 201) return issuedSchema.parse(body).certificate;
      const refusal = issueRefusalSchema.safeParse(body);
      if (refusal.success && isErrorCode(refusal.data.code)) {
        throw new BiotError(refusal.data.code, refusal.data.message);
      }
      throw unavailable(new Error(`the issuer answered ${status}`));
    },
  };
}

function unavailable(cause: unknown): BiotError {
  return new BiotError('ISSUER_UNAVAILABLE', 'the issuer of device certificates does not answer', { cause });
}

function post(target: RequestOptions, content: string): Promise<{ status: number; body: unknown }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: unknown }>();
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) };
  const request = httpsRequest(
    { ...target, headers, signal: AbortSignal.timeout(PATIENCE_MS) },
    (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
        if (text.length > LARGEST_ANSWER) request.destroy(new Error('the answer is too large'));
      });
      response.on('error', reject);
      response.on('end', () => {
        try {
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) });
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    },
  );
  request.on('error', reject);
  request.end(content);
  return promise;
}
