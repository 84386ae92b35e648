import { Agent, type RequestOptions } from 'node:https';
import { BiotError, isErrorCode } from '../../chaincode/protocol/errors.ts';
import { postJson } from '../https-json.ts';
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
const BOUNDS = { withinMs: 10_000, largest: 64 * 1024 };

export function issuerClient({ port, authority, certificate, key }: IssuerEndpoint): CertificateIssuer {
  const agent = new Agent({ ca: authority, cert: certificate, key, minVersion: 'TLSv1.3', keepAlive: false });
  const target: RequestOptions = {
    host: '127.0.0.1',
    port,
    // Node refuses an address as a TLS server name; the issuer's certificate names localhost too.
    servername: 'localhost',
    path: ISSUE_PATH,
    agent,
  };
  return {
    async issue(order) {
      const { status, body } = await postJson(target, order, BOUNDS).catch((cause: unknown) => {
        throw unavailable(cause);
      });
      const issued = issuedSchema.safeParse(body);
      if (status === 201 && issued.success) return issued.data.certificate;
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
