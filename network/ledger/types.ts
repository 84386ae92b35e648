import { z } from 'zod';
import { type DeviceType, type TypeDefinition, typeSchema } from '../../chaincode/protocol/device-type.ts';
import type { Committed, ContractClient, LedgerCall } from './client.ts';
import { parseResult } from './contract-results.ts';

export type TypeCommitted = Committed & { readonly type: DeviceType };

/** The types of devices, on the channel `registry`. Refusals bear the contract's codes; see LedgerError for the rest. */
export interface TypeLedger {
  /** A new type is the caller's organisation's; another definition of one that is makes its next version. */
  put(definition: TypeDefinition): Promise<TypeCommitted>;
  get(name: string): Promise<DeviceType>;
  /** In the order of their names, those that the caller may read. */
  list(): Promise<DeviceType[]>;
}

export function typeLedger(client: ContractClient): TypeLedger {
  return {
    async put(definition) {
      const { result, ...committed } = await client.submit(typeCall('Put', [JSON.stringify(definition)]));
      return { type: parseResult(typeSchema, result), ...committed };
    },
    get: async (name) => parseResult(typeSchema, await client.evaluate(typeCall('Get', [name]))),
    list: async () => parseResult(z.array(typeSchema), await client.evaluate(typeCall('List', []))),
  };
}

function typeCall(transaction: string, args: readonly string[]): LedgerCall {
  return { channel: 'registry', contract: 'TypeContract', transaction, args };
}
