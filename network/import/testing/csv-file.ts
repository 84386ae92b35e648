import type { Registration } from '../../../chaincode/protocol/device.ts';

const HEADER = ['id', 'tenant', 'type', 'public_key', 'groups', 'tags'];

/** A CSV file of registrations. @param write how a cell is written; quoted only where it must be unless stated */
export function csvOf(
  registrations: readonly Registration[],
  { lineEnd = '\n', write = quotedIfNeeded }: { lineEnd?: string; write?: (cell: string) => string } = {},
): string {
  const rows = registrations.map(({ id, tenant, type, publicKey, groups = [], tags = {} }) => [
    id,
    tenant,
    type,
    publicKey.trimEnd().replaceAll('\n', '\\n'),
    groups.join(';'),
    Object.entries(tags)
      .map(([name, value]) => `${name}=${value}`)
      .join(';'),
  ]);
  return [HEADER, ...rows].map((cells) => `${cells.map(write).join(',')}${lineEnd}`).join('');
}

export function quoted(cell: string): string {
  return `"${cell.replaceAll('"', '""')}"`;
}

function quotedIfNeeded(cell: string): string {
  return /[",\r\n]/.test(cell) ? quoted(cell) : cell;
}
