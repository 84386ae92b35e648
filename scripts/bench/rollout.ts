import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

import { z } from 'zod';

import { rolloutDraftSchema } from '../../chaincode/protocol/firmware/rollout.ts';
import { isRolloutOver } from '../../chaincode/protocol/firmware/rollout-state.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Home } from '../../network/home/home.ts';
import { GENERIC } from '../../network/initial-types.ts';
import { connectLedger, type LedgerClient } from '../../network/ledger/client.ts';
import { firmwareLedger } from '../../network/ledger/firmware.ts';
import { memberConnection } from '../../network/ledger/member-connection.ts';
import { rolloutLedger } from '../../network/ledger/rollouts.ts';
import { waitUntil } from '../../network/processes/wait-until.ts';
import { connectPool, homeDatabase } from '../../sql/connect.ts';
import { rolloutById, type StoredRollout } from '../../sql/queries/rollouts.ts';
import type { Queryable } from '../../sql/query.ts';
import { makeVendorKey, registrationOf, signRelease } from '../firmware/signing.ts';
import { uploadImage } from '../firmware/upload.ts';
import { listedSignIns } from '../platform/demo-people.ts';
import { type BenchContext, defineBench, type Report, wholeNumber } from './bench.ts';
import { BENCH_TENANT, enrolFleet } from './fleet.ts';
import { withInstance } from './instance.ts';
import { UpdatingFleet } from './rollout/fleet.ts';

const settingsSchema = z.strictObject({
  devices: wholeNumber('devices in the rollout', { least: 1, most: 5_000, usually: 1_000 }),
  megabytes: wholeNumber('of the image', { least: 1, most: 60, usually: 5 }),
  cut: wholeNumber('downloads of a hundred that are cut in the middle', { least: 0, most: 100, usually: 5 }),
  rate: wholeNumber('devices that are told in a minute', { least: 1, most: 60_000, usually: 1_200 }),
});
type Settings = z.infer<typeof settingsSchema>;

const VENDOR = 'admin@manufacturer';
const APPROVER = 'admin@operator';
const VERSION = '1.1.0';
const WITHIN_MS = 60 * 60_000;

export const rollout = defineBench({
  summary: 'how long a rollout of firmware to a fleet takes, with downloads that are cut',
  settings: settingsSchema,
  measure: (settings, context) => {
    // All devices share one address here, which would soon have had its share.
    process.env['BIOT_GATEWAY_REQUESTS_PER_MINUTE'] = '10000000';
    return withInstance(context, (home) => measureInstance(home, settings, context));
  },
});

async function measureInstance(home: Home, settings: Settings, { progress }: BenchContext): Promise<Report> {
  const database = connectPool(homeDatabase(home, 'biot'));
  const vendor = connectLedger(memberConnection(home, VENDOR));
  const key = home.path('vendor.key');
  const size = settings.megabytes * 1_000_000;
  try {
    const owners = await progress.step(`${settings.devices} devices registered`, () =>
      enrolFleet(home, database, settings.devices),
    );
    const release = await progress.step('a release published and approved', () =>
      publish(home, vendor, { key, size }),
    );
    const fleet = new UpdatingFleet({
      home,
      vendorKey: readFileSync(`${key}.pub`, 'utf8'),
      imageSize: size,
      cutPercent: settings.cut,
    });
    try {
      await progress.step('devices connected', () => fleet.open(owners));
      const { seconds, over } = await progress.step('rolled out', () =>
        rollOut(vendor, database, { release, ratePerMinute: settings.rate }),
      );
      return report({ seconds, over, fleet });
    } finally {
      await fleet.close();
    }
  } finally {
    vendor.close();
    await database.end();
  }
}

/** @returns the release's id */
async function publish(
  home: Home,
  vendor: LedgerClient,
  { key, size }: { key: string; size: number },
): Promise<string> {
  const image = home.path('image');
  writeFileSync(image, randomBytes(size));
  makeVendorKey(key);
  const ledger = firmwareLedger(vendor);
  await ledger.registerKey(registrationOf(key, 'ManufacturerMSP', 'for a measurement'));
  const draft = await signRelease({
    ...{ image, key, type: GENERIC, version: VERSION, minimumVersion: '0.0.0' },
    notes: 'for a measurement',
  });
  await ledger.publish(draft);
  const password = listedSignIns(home).find(({ name }) => name === VENDOR)?.password ?? '';
  await uploadImage(home, { member: VENDOR, password, id: draft.id, image });
  const approver = connectLedger(memberConnection(home, APPROVER));
  try {
    // Its own peer may be a block behind the vendor's.
    await waitUntil(
      () =>
        firmwareLedger(approver)
          .release(draft.id)
          .then(
            () => true,
            () => false,
          ),
      WITHIN_MS,
    );
    await firmwareLedger(approver).approve(draft.id);
  } finally {
    approver.close();
  }
  return draft.id;
}

async function rollOut(
  vendor: LedgerClient,
  database: Queryable,
  about: { readonly release: string; readonly ratePerMinute: number },
): Promise<{ seconds: number; over: StoredRollout }> {
  const id = randomUUID();
  const draft = rolloutDraftSchema.parse({
    ...{ ...about, id, tenant: BENCH_TENANT, approval: false },
    phases: [
      { percent: 10, successPercent: 90, failurePercent: 20 },
      { percent: 100, successPercent: 90, failurePercent: 20 },
    ],
  });
  const began = performance.now();
  await rolloutLedger(vendor).create(draft);
  let over: StoredRollout | undefined;
  const look = async (): Promise<boolean> => {
    over = await rolloutById(database, { id, tenants: '*' });
    return over !== undefined && isRolloutOver(over.state);
  };
  if (!(await waitUntil(look, WITHIN_MS)) || over === undefined)
    throw new BiotError('PROCESS_FAILED', 'the rollout does not come to an end');
  return { seconds: (performance.now() - began) / 1000, over };
}

function report({
  seconds,
  over,
  fleet,
}: {
  seconds: number;
  over: StoredRollout;
  fleet: UpdatingFleet;
}): Report {
  const { succeeded = 0, failed = 0, 'rolled back': rolledBack = 0 } = over.counts;
  return {
    figures: [
      {
        name: 'seconds',
        value: seconds,
        meaning: 'from its creation on the ledger until every device has come to an end',
      },
      { name: 'succeeded', value: succeeded, meaning: `devices of ${over.devices} that run the new version` },
      { name: 'failed', value: failed + rolledBack, meaning: 'that do not; has to be 0' },
      {
        name: 'resumed',
        value: fleet.resumed,
        meaning: `of ${fleet.cut} whose download was cut in the middle`,
      },
      { name: 'bytes_sent', value: fleet.bytes, meaning: 'of images, as they came to the devices' },
    ],
    notes: [
      'devices: those of the library, all in the process that measures, on mutual TLS; each verifies hash and signature; nothing is run',
      'in two phases, 10 percent first',
    ],
    sound: over.state === 'finished' && succeeded === over.devices && fleet.resumed === fleet.cut,
  };
}
