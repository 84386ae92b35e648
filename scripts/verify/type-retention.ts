import { keptFrom } from '../../chaincode/protocol/device-type.ts';
import type { RegistryView } from './ledger-view.ts';

/** From when on readings of a device are kept, milliseconds since the Unix epoch; -Infinity when all are. */
export type KeptFrom = (device: string) => number;

/**
 * What the types of devices keep, by the auditor's own peer and clock. SQL has no say in it: whoever could write there would
 * otherwise delete, and state that it was due.
 */
export async function typeRetention(registry: RegistryView, now: number): Promise<KeptFrom> {
  const types = (await registry.types()).filter(({ retentionDays }) => retentionDays !== undefined);
  const byType = new Map(types.map((type) => [type.name, keptFrom(type, now)]));
  const byDevice = new Map<string, number>();
  if (byType.size > 0) {
    for await (const { id, type } of registry.devices()) {
      const from = byType.get(type);
      if (from !== undefined) byDevice.set(id, from);
    }
  }
  return (device) => byDevice.get(device) ?? -Infinity;
}
