import { Metadata, status } from '@grpc/grpc-js';
import { type ErrorDetail, GatewayError } from '@hyperledger/fabric-gateway';

/** What the SDK throws for a status that a peer answered with. */
export function gatewayError(code: status, message: string, details: ErrorDetail[] = []): GatewayError {
  const cause = Object.assign(new Error(message), { code, details: message, metadata: new Metadata() });
  return new GatewayError({ code, details, cause, message: `${code} ${status[code]}: ${message}` });
}

export function saidBy(mspId: string, message: string): ErrorDetail {
  return { mspId, address: '127.0.0.1:7051', message };
}

/** As fabric/internal/pkg/gateway/apiutils.go words what a contract threw. */
export function refusal(code: string, message: string): string {
  return `chaincode response 500, ${JSON.stringify({ code, message })}`;
}

export const NOT_ENDORSED = 'failed to endorse transaction, see attached details for more info';
export const TOO_FEW_ENDORSED =
  'failed to collect enough transaction endorsements, see attached details for more info';
