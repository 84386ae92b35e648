import { readFileSync } from 'node:fs';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Device, Registration } from '../../chaincode/protocol/device.ts';
import type { Home } from '../../network/home/home.ts';
import { ensureTypes } from '../../network/initial-types.ts';
import { connectLedger } from '../../network/ledger/client.ts';
import { memberConnection } from '../../network/ledger/member-connection.ts';
import { type RegistryLedger, registryLedger } from '../../network/ledger/registry.ts';
import { credentialsIn, ensureCredentials } from '../../network/pki/credentials.ts';
import { DEVICE_DAYS, openDevicesAuthority } from '../../network/pki/devices.ts';
import { publicKeyPem, readPrivateKey } from '../../network/pki/keys.ts';
import { ensureDemoCommands } from './demo-commands.ts';
import { DEMO_FLEET, type DemoDevice, writeFleetFile } from './demo-fleet.ts';
import { DEMO_TYPES } from './demo-types.ts';

/** Gives the demo devices keys and certificates, and puts them, their types and commands on the ledger, those that are not there yet. */
export async function ensureDemoDevices(home: Home): Promise<void> {
  const authority = openDevicesAuthority(home);
  await Promise.all(
    DEMO_FLEET.map(({ id }) =>
      ensureCredentials(credentialsIn(home.path('devices', id)), authority, {
        commonName: id,
        usages: ['client'],
        days: DEVICE_DAYS,
      }),
    ),
  );
  writeFleetFile(home);
  await ensureTypes(home, DEMO_TYPES);
  const byAdmin = Map.groupBy(DEMO_FLEET, ({ registeredBy }) => registeredBy);
  await Promise.all([
    ensureDemoCommands(home),
    ...[...byAdmin].map(([admin, devices]) => registerAs(home, admin, devices)),
  ]);
}

async function registerAs(home: Home, admin: string, devices: readonly DemoDevice[]): Promise<void> {
  const client = connectLedger(memberConnection(home, admin));
  try {
    const registry = registryLedger(client);
    const known = await Promise.all(devices.map(({ id }) => find(registry, id)));
    const missing = devices.filter((_, index) => known[index] === undefined);
    if (missing.length > 0) await registry.register(missing.map((device) => registration(home, device)));
    // One that was registered by a start that broke off is activated now; any other status is somebody's decision.
    const waiting = devices.filter((_, index) => (known[index]?.status ?? 'registered') === 'registered');
    await Promise.all(waiting.map(({ id }) => registry.activate(id, 'set up with the demo')));
  } finally {
    client.close();
  }
}

function registration(home: Home, { id, tenant, type }: DemoDevice): Registration {
  const { keyFile } = credentialsIn(home.path('devices', id));
  return {
    id,
    tenant,
    type,
    publicKey: publicKeyPem(readPrivateKey(readFileSync(keyFile, 'utf8')).publicKey),
  };
}

async function find(registry: RegistryLedger, id: string): Promise<Device | undefined> {
  try {
    return await registry.get(id);
  } catch (error) {
    if (error instanceof BiotError && error.code === 'DEVICE_UNKNOWN') return undefined;
    throw error;
  }
}
