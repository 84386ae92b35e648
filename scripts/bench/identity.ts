import { rmSync } from 'node:fs';

import { z } from 'zod';

import type { Home } from '../../network/home/home.ts';
import { type BenchContext, defineBench, type Report, wholeNumber } from './bench.ts';
import { measureAsking } from './identity/asking.ts';
import { measureBulk } from './identity/bulk.ts';
import { measureDecisions } from './identity/decisions.ts';
import { measureFilling } from './identity/filling.ts';
import { contractsWithPlain } from './identity/plain-contracts.ts';
import { measureRegistering } from './identity/registering.ts';
import { measureRevoking } from './identity/revoking.ts';
import { withInstance } from './instance.ts';

const settingsSchema = z.strictObject({
  devices: wholeNumber('devices that are registered, and that decisions are about', {
    least: 1,
    most: 1_000_000,
    usually: 50_000,
  }),
  seconds: wholeNumber('how long each kind of decision and of request is measured', {
    least: 1,
    most: 60,
    usually: 5,
  }),
  revocations: wholeNumber('devices that are revoked, one after the other', {
    least: 1,
    most: 500,
    usually: 100,
  }),
});
type Settings = z.infer<typeof settingsSchema>;

export const identity = defineBench({
  summary: 'decisions, requests of devices, registration, start-up and revocation',
  settings: settingsSchema,
  measure,
});

async function measure(settings: Settings, context: BenchContext): Promise<Report> {
  const decisions = await measureDecisions(settings, context);
  // All requests come from one address here, which would soon have had its share.
  process.env['BIOT_GATEWAY_REQUESTS_PER_MINUTE'] = '10000000';
  let contracts: string | undefined;
  try {
    const others = await withInstance(context, (home) => measureInstance(home, settings, context), {
      contracts: () => (contracts = contractsWithPlain()),
    });
    return together([decisions, ...others]);
  } finally {
    if (contracts !== undefined) rmSync(contracts, { recursive: true, force: true });
  }
}

/** One after the other: each with the machine to itself. */
async function measureInstance(
  home: Home,
  { devices, seconds, revocations }: Settings,
  context: BenchContext,
): Promise<Report[]> {
  return [
    await measureRegistering(home, context),
    await measureAsking(home, seconds, context),
    await measureRevoking(home, revocations, context),
    await measureBulk(home, devices, context),
    await measureFilling(home, devices, context),
  ];
}

function together(reports: readonly Report[]): Report {
  return {
    figures: reports.flatMap(({ figures }) => figures),
    notes: reports.flatMap(({ notes }) => notes),
    sound: reports.every(({ sound }) => sound),
  };
}
