import { readFileSync } from 'node:fs';

import type { Pool } from 'mariadb';
import { z } from 'zod';

import { MAX_REGISTRATIONS, type Registration } from '../../chaincode/protocol/device.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { TopicOwner } from '../../chaincode/protocol/topics.ts';
import type { Home } from '../../network/home/home.ts';
import { GENERIC } from '../../network/initial-types.ts';
import { connectLedger } from '../../network/ledger/client.ts';
import { memberConnection } from '../../network/ledger/member-connection.ts';
import { type RegistryLedger, registryLedger } from '../../network/ledger/registry.ts';
import { credentialsIn, ensureCredentials } from '../../network/pki/credentials.ts';
import { DEVICE_DAYS, openDevicesAuthority } from '../../network/pki/devices.ts';
import { publicKeyPem, readPrivateKey } from '../../network/pki/keys.ts';
import { waitUntil } from '../../network/processes/wait-until.ts';
import { integerColumn } from '../../sql/columns.ts';
import { chunks, select } from '../../sql/query.ts';

/** Whose devices these are: so that their messages can be told from those of the demo. */
export const BENCH_TENANT = 'bench';

const ADMIN = 'admin@manufacturer';
/** A peer takes no more than some hundred calls at one time. */
const ACTIVATIONS_AT_ONCE = 100;
const KNOWN_WITHIN_MS = 60_000;

/** Gives so many devices keys and certificates, puts them on the ledger, and waits until ingest knows them as active. */
export async function enrolFleet(home: Home, database: Pool, count: number): Promise<TopicOwner[]> {
  const fleet = fleetOf(count);
  await certify(home, fleet);
  const client = connectLedger(memberConnection(home, ADMIN));
  try {
    await register(home, fleet, registryLedger(client));
  } finally {
    client.close();
  }
  if (!(await waitUntil(async () => (await countActive(database)) === count, KNOWN_WITHIN_MS)))
    throw new BiotError('SETUP_FAILED', 'ingest does not hear of the devices that were registered');
  return fleet;
}

export function fleetOf(count: number): TopicOwner[] {
  return Array.from({ length: count }, (_, index) => ({
    tenant: BENCH_TENANT,
    device: `bench-${String(index + 1).padStart(4, '0')}`,
  }));
}

async function certify(home: Home, fleet: readonly TopicOwner[]): Promise<void> {
  const authority = openDevicesAuthority(home);
  for (const { device } of fleet) {
    await ensureCredentials(credentialsIn(home.path('devices', device)), authority, {
      commonName: device,
      usages: ['client'],
      days: DEVICE_DAYS,
    });
  }
}

async function register(home: Home, fleet: readonly TopicOwner[], registry: RegistryLedger): Promise<void> {
  for (const part of chunks(fleet, MAX_REGISTRATIONS))
    await registry.register(part.map((owner) => registration(home, owner)));
  for (const part of chunks(fleet, ACTIVATIONS_AT_ONCE))
    await Promise.all(part.map(({ device }) => registry.activate(device, 'made for a measurement')));
}

function registration(home: Home, { tenant, device }: TopicOwner): Registration {
  const { keyFile } = credentialsIn(home.path('devices', device));
  const { publicKey } = readPrivateKey(readFileSync(keyFile, 'utf8'));
  return { id: device, tenant, type: GENERIC, publicKey: publicKeyPem(publicKey) };
}

/** Ingest keeps this table by what its own view of the ledger tells it: what is here it would accept. */
async function countActive(database: Pool): Promise<number> {
  const [row] = await select(
    database,
    z.object({ devices: integerColumn }),
    "SELECT COUNT(*) AS devices FROM devices WHERE tenant = ? AND status = 'active'",
    [BENCH_TENANT],
  );
  return row?.devices ?? 0;
}
