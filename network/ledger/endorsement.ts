import { GatewayError } from '@hyperledger/fabric-gateway';
import { decodeContractError } from '../../chaincode/protocol/errors.ts';

/** fabric/internal/pkg/gateway/endorsement.go: two peers computed different results. */
const MISMATCH = 'ProposalResponsePayloads do not match';

/**
 * Whether our own organisation's peer endorsed and others, executing the same transaction, came to another result.
 *
 * That is what a short lag looks like: a peer that has not committed the last block yet refuses, for instance, to
 * activate a device that was registered a moment ago. Their refusal must not be taken for the contract's word, as
 * the peer whose word we trust has said yes.
 *
 * @param organisation MSP id of the organisation whose peer we are connected to
 */
export function othersDisagree(cause: unknown, organisation: string): boolean {
  if (!(cause instanceof GatewayError)) return false;
  const { details } = cause;
  return (
    !details.some((detail) => detail.mspId === organisation && detail.message !== MISMATCH) &&
    details.some(({ message }) => message === MISMATCH || decodeContractError(message) !== undefined)
  );
}
