import { type Context, Contract } from 'fabric-contract-api';

import { BiotError, encodeContractError } from '../protocol/errors.ts';

/** A contract whose every failure reaches the caller as one coded JSON text (`decodeContractError` reads it). */
export class CodedContract extends Contract {
  override aroundTransaction(
    context: Context,
    transaction: Parameters<Contract['aroundTransaction']>[1],
    parameters: unknown,
  ): Promise<void> {
    return super.aroundTransaction(context, transaction, parameters).catch((error: unknown) => {
      throw coded(context, error);
    });
  }

  override unknownTransaction(): Promise<void> {
    const error = { code: 'INVALID_ARGUMENT', message: `${this.getName()} has no such transaction` } as const;
    return Promise.reject(new Error(encodeContractError(error)));
  }
}

function coded(context: Context, error: unknown): Error {
  if (error instanceof BiotError) return new Error(encodeContractError(error));
  // What went wrong inside may quote state or code: it belongs in the organisation's own log, not in an answer.
  context.logging.getLogger('biot').error(error instanceof Error ? error.stack : String(error));
  return new Error(
    encodeContractError({ code: 'INTERNAL', message: 'the contract failed; its log says why' }),
  );
}
