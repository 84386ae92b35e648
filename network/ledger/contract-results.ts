import type { z } from 'zod';
import { BiotError } from '../../chaincode/protocol/errors.ts';

/**
 * Reads what a contract returned. Its shape is agreed in the protocol, so anything else means that the contract on
 * the channel and this code are of different versions.
 *
 * @throws BiotError INTERNAL
 */
export function parseResult<Schema extends z.ZodType>(schema: Schema, json: string): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(json));
  } catch (cause) {
    throw new BiotError('INTERNAL', 'the contract answered in a form that this version does not know', {
      cause,
    });
  }
}
