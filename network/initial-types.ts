import type { TypeDefinition } from '../chaincode/protocol/device-type.ts';
import { SENSOR_NAMES, SENSORS } from '../chaincode/protocol/sensors.ts';
import { awaitBlockEverywhere } from './await-block.ts';
import type { Home } from './home/home.ts';
import { connectLedger } from './ledger/client.ts';
import { memberConnection } from './ledger/member-connection.ts';
import { typeLedger } from './ledger/types.ts';

/** Any administrator may put a type that nobody has put; it is that organisation's from then on. */
const AUTHOR = 'admin@manufacturer';

/** The type of devices of which nothing is known. */
export const GENERIC = 'generic';

export const GENERIC_TYPE: TypeDefinition = {
  name: GENERIC,
  description: 'Anything: every sensor, and any value',
  sensors: SENSOR_NAMES.map((name) => ({
    name,
    unit: SENSORS[name].unit,
    minimum: null,
    maximum: null,
    dataType: 'number',
  })),
};

/**
 * Puts those of these types on the ledger that are not there yet; what is there is its organisation's to change.
 * Returns when devices of these types can be registered by everybody.
 *
 * @returns the names of those that it put
 * @throws BiotError SETUP_FAILED, or as LedgerError says
 */
export async function ensureTypes(home: Home, definitions: readonly TypeDefinition[]): Promise<string[]> {
  const client = connectLedger(memberConnection(home, AUTHOR));
  try {
    const ledger = typeLedger(client);
    const known = new Set((await ledger.list()).map(({ name }) => name));
    const missing = definitions.filter(({ name }) => !known.has(name));
    const put = await Promise.all(missing.map((definition) => ledger.put(definition)));
    const block = Math.max(0, ...put.map((committed) => committed.block));
    if (block > 0) await awaitBlockEverywhere(home, { channel: 'registry', block });
    return missing.map(({ name }) => name);
  } finally {
    client.close();
  }
}
