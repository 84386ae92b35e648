import { createPublicKey } from 'node:crypto';
import { existsSync } from 'node:fs';

import type { Device } from '../../chaincode/protocol/device.ts';
import { BiotError, type ErrorCode } from '../../chaincode/protocol/errors.ts';
import type { TopicOwner } from '../../chaincode/protocol/topics.ts';
import { certificateFile } from '../../ingest/device/credentials.ts';
import { readFleet } from '../../ingest/device/fleet.ts';
import { type DeviceKey, ensureDeviceKey, readDeviceKey } from '../../ingest/device/key.ts';
import { writeFileAtomically } from '../../network/home/files.ts';
import type { Home } from '../../network/home/home.ts';
import { GENERIC } from '../../network/initial-types.ts';
import { connectLedger } from '../../network/ledger/client.ts';
import { memberConnection } from '../../network/ledger/member-connection.ts';
import { type RegistryLedger, registryLedger } from '../../network/ledger/registry.ts';
import { issueDeviceCertificate, openDevicesAuthority } from '../../network/pki/devices.ts';

/** What a device becomes that is made for a replay. */
const ADMIN = 'admin@manufacturer';
const TENANT = 'demo';
/** A file may be about any sensor. */
const TYPE = GENERIC;

/** Who may be asked about a device: each asks the peer of its own organisation, and one that answers is enough. */
const READERS = [ADMIN, 'admin@operator', 'auditor@auditor'];
const NO_ANSWER: readonly ErrorCode[] = ['LEDGER_UNAVAILABLE', 'LEDGER_TIMEOUT', 'LEDGER_EVALUATE_FAILED'];

/** What enrolment needs of the registry. */
export type EnrolmentRegistry = Pick<RegistryLedger, 'get' | 'register' | 'activate'>;

/** Does some work with the registry as a member: at the peer of the member's organisation, with its certificate. */
export type AsMember = <Result>(
  member: string,
  work: (registry: EnrolmentRegistry) => Promise<Result>,
) => Promise<Result>;

/**
 * Sees to it that the device may publish: it has key and certificate in its folder and is active on the ledger. One
 * that the ledger does not know is made and registered.
 *
 * @param say told what is done beyond looking
 * @throws BiotError DEVICE_NOT_ACTIVE when somebody took it out of service, KEY_INVALID when its key is not here, or what the ledger says
 */
export async function enrol(
  home: Home,
  id: string,
  say: (text: string) => void,
  asMember: AsMember = membersOf(home),
): Promise<TopicOwner> {
  const folder = home.path('devices', id);
  const known = await lookUp(asMember, id);
  if (known === 'no answer') return rememberedOwner(home, id);
  if (known === undefined) {
    say(`${id} is new: registering it as ${ADMIN}, tenant ${TENANT}, type ${TYPE}`);
    const key = ensureDeviceKey(folder);
    await certify(home, id, key);
    await asMember(ADMIN, async (registry) => {
      await registry.register([{ id, tenant: TENANT, type: TYPE, publicKey: key.publicKey }]);
      await registry.activate(id, 'made for a replay');
    });
    return { tenant: TENANT, device: id };
  }
  requireKeyOf(known, folder);
  await certify(home, id, readDeviceKey(folder));
  await requireActive(asMember, known, say);
  return { tenant: known.tenant, device: id };
}

async function lookUp(asMember: AsMember, id: string): Promise<Device | 'no answer' | undefined> {
  for (const reader of READERS) {
    try {
      return await asMember(reader, (registry) => registry.get(id));
    } catch (error) {
      if (!(error instanceof BiotError)) throw error;
      if (error.code === 'DEVICE_UNKNOWN') return undefined;
      if (!NO_ANSWER.includes(error.code)) throw error;
    }
  }
  return 'no answer';
}

/** Readings are stored while the ledger is away, so a device that was set up before may go on. */
function rememberedOwner(home: Home, id: string): TopicOwner {
  const member = readFleet(home.path('devices', 'fleet.json')).find((candidate) => candidate.id === id);
  if (member === undefined) {
    throw new BiotError(
      'LEDGER_UNAVAILABLE',
      `no peer answers, and so nobody can say whether ${id} is registered`,
    );
  }
  return { tenant: member.tenant, device: id };
}

function requireKeyOf(device: Device, folder: string): void {
  const here = existsSync(folder) ? readDeviceKey(folder).publicKey : undefined;
  if (here !== undefined && sameKey(here, device.publicKey)) return;
  throw new BiotError('KEY_INVALID', `the ledger has ${device.id} with a key that is not in ${folder}`);
}

function sameKey(left: string, right: string): boolean {
  return createPublicKey(left).equals(createPublicKey(right));
}

/** One that was registered by a replay that broke off is activated now; any other status is somebody's decision. */
async function requireActive(asMember: AsMember, device: Device, say: (text: string) => void): Promise<void> {
  if (device.status === 'active') return;
  if (device.status !== 'registered') {
    throw new BiotError('DEVICE_NOT_ACTIVE', `${device.id} is ${device.status}: ${device.reason}`);
  }
  say(`${device.id} was registered and never activated: activating it as ${ADMIN}`);
  await asMember(ADMIN, (registry) => registry.activate(device.id, 'made for a replay'));
}

async function certify(home: Home, id: string, key: DeviceKey): Promise<void> {
  const file = certificateFile(home.path('devices', id));
  if (existsSync(file)) return;
  const authority = openDevicesAuthority(home);
  const certificate = await issueDeviceCertificate(authority, id, createPublicKey(key.publicKey));
  writeFileAtomically(file, certificate);
}

function membersOf(home: Home): AsMember {
  return async (member, work) => {
    const client = connectLedger(memberConnection(home, member));
    try {
      return await work(registryLedger(client));
    } finally {
      client.close();
    }
  };
}
