import { peer } from '@hyperledger/fabric-protos';

export const VALID = 'VALID';

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(peer.TxValidationCode).map(([name, code]) => [code, name]),
);

/** What a peer decided about a transaction when it committed the block, in Fabric's own word (`MVCC_READ_CONFLICT`). */
export function validationName(code: number): string {
  return NAMES.get(code) ?? `CODE_${code}`;
}
