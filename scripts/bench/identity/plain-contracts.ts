import { copyFileSync, cpSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CHECKOUT } from '../../../network/home/home.ts';
import type { LedgerCall } from '../../../network/ledger/client.ts';

const ENTRY = `const { PlainContract } = require('./plain-contract.js');
const { contracts } = require('./platform.js');
exports.contracts = [...contracts, PlainContract];
`;

/**
 * The contracts as they are, and beside them one that does nothing but write a key: both run in the same processes,
 * are endorsed by the same peers and come into the same blocks.
 *
 * @returns the folder, which the caller removes
 */
export function contractsWithPlain(): string {
  const folder = mkdtempSync(join(tmpdir(), 'biot-bench-contracts-'));
  cpSync(join(CHECKOUT, 'chaincode', 'dist'), folder, { recursive: true });
  const contracts = join(folder, 'contracts');
  renameSync(join(contracts, 'index.js'), join(contracts, 'platform.js'));
  copyFileSync(join(import.meta.dirname, 'plain-contract.cjs'), join(contracts, 'plain-contract.js'));
  writeFileSync(join(contracts, 'index.js'), ENTRY);
  return folder;
}

export function plainPut(key: string, value: string): LedgerCall {
  return { channel: 'registry', contract: 'PlainContract', transaction: 'Put', args: [key, value] };
}
