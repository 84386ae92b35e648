import { readFileSync } from 'node:fs';

import type { Pool } from 'mariadb';
import { z } from 'zod';

import type { CommandDefinition } from '../../chaincode/protocol/command/definition.ts';
import type { TopicOwner } from '../../chaincode/protocol/topics.ts';
import { readCredentials } from '../../ingest/device/credentials.ts';
import { tlsConnector } from '../../ingest/device/tls-connector.ts';
import type { Home } from '../../network/home/home.ts';
import { GENERIC } from '../../network/initial-types.ts';
import { startProcess, stopProcess } from '../../network/processes/process-manager.ts';
import { connectPool, homeDatabase } from '../../sql/connect.ts';
import { chunks } from '../../sql/query.ts';
import { type BenchContext, defineBench, type Figure, type Report, wholeNumber } from './bench.ts';
import { commandsThroughFaults, type FaultOutcome } from './commands/faults.ts';
import { CommandLink } from './commands/command-link.ts';
import { GatewayClient } from './commands/gateway-client.ts';
import { type Measured, Measurement } from './commands/measurement.ts';
import { PLAIN_DESK, PlainDesk } from './commands/plain-desk.ts';
import { plainRoundTrips, type PlainTrips } from './commands/plain-round-trips.ts';
import type { RoundTrip } from './commands/round-trips.ts';
import { ingestProcess } from '../platform/applications.ts';
import { enrolFleet } from './fleet.ts';
import { withInstance } from './instance.ts';
import { median, percentile } from './statistics.ts';

const settingsSchema = z.strictObject({
  rate: wholeNumber('commands a second, issued one by one', { least: 1, most: 1_000, usually: 100 }),
  seconds: wholeNumber('how long they are issued', { least: 1, most: 600, usually: 20 }),
  alone: wholeNumber('commands that are issued one after the other', { least: 1, most: 1_000, usually: 50 }),
  group: wholeNumber('devices of the command to a group', { least: 1, most: 1_000, usually: 1_000 }),
});
type Settings = z.infer<typeof settingsSchema>;

/** Its organisation owns the devices. */
const SENDER = 'admin@manufacturer';
const NAME = 'measured';
/** Callers that wait for their answers at one time. */
const CONNECTIONS = 64;
const CONNECTED_AT_ONCE = 50;
/** Devices of the library that are killed while they have orders. */
const MORTAL_DEVICES = 20;

const DEFINITION: Omit<CommandDefinition, 'type' | 'name'> = {
  description: 'Does nothing, for a measurement',
  parameters: {
    type: 'object',
    properties: { round: { type: 'integer', minimum: 0 } },
    required: ['round'],
    additionalProperties: false,
  },
  roles: ['admin'],
  approval: false,
  lifetimeSeconds: 600,
  timeoutSeconds: 60,
  enabled: true,
};

export const commands = defineBench({
  summary: 'how long a command takes, from the call of the API to the device and back into SQL',
  settings: settingsSchema,
  measure: (settings, context) => {
    // All calls come from one address and one person here, which would soon have had their share.
    process.env['BIOT_GATEWAY_REQUESTS_PER_MINUTE'] = '10000000';
    return withInstance(context, (home) => measureInstance(home, settings, context));
  },
});

async function measureInstance(home: Home, settings: Settings, context: BenchContext): Promise<Report> {
  const database = connectPool(homeDatabase(home, 'biot'));
  try {
    const all = await context.progress.step(`${settings.group + MORTAL_DEVICES} devices registered`, () =>
      enrolFleet(home, database, settings.group + MORTAL_DEVICES),
    );
    const [fleet, mortal] = [all.slice(0, settings.group), all.slice(settings.group)];
    const authority = readFileSync(home.path('pki', 'platform-ca', 'cert.pem'), 'utf8');
    const links = await context.progress.step('and connected', () => connect(home, authority, fleet));
    const gateway = await GatewayClient.signIn(home, SENDER, CONNECTIONS);
    try {
      const path = `/command-catalogue/${GENERIC}/${NAME}`;
      await gateway.send({ method: 'PUT', path, body: DEFINITION });
      const parts = { database, fleet, links, gateway, name: NAME };
      const measured = await new Measurement(parts, context).run(settings);
      const plain = await context.progress.step('the same without a ledger', () =>
        measurePlainly(home, { database, fleet }, settings),
      );
      for (const link of links) link.close();
      const faults = await context.progress.step('while devices, ingest and broker are killed', () =>
        commandsThroughFaults({ home, database, gateway, fleet: mortal, authority, name: NAME }),
      );
      return report(measured, plain, faults);
    } finally {
      gateway.close();
      for (const link of links) link.close();
    }
  } finally {
    await database.end();
  }
}

/** Ingest is stopped meanwhile: it would get every other answer. */
async function measurePlainly(
  home: Home,
  { database, fleet }: { database: Pool; fleet: readonly TopicOwner[] },
  settings: Settings,
): Promise<PlainTrips> {
  const ingest = ingestProcess(home);
  await stopProcess(home, ingest.name, ingest);
  const desk = await PlainDesk.start(home, { database, fleet });
  const client = new GatewayClient(home, { port: desk.port, connections: CONNECTIONS });
  try {
    const devices = fleet.map(({ device }) => device);
    return await plainRoundTrips({ desk, client, devices }, { name: NAME, ...settings });
  } finally {
    client.close();
    await desk.close();
    await startProcess(home, ingest);
  }
}

async function connect(home: Home, authority: string, fleet: readonly TopicOwner[]): Promise<CommandLink[]> {
  const broker = { port: home.ports.mqtt, authority };
  const links: CommandLink[] = [];
  for (const part of chunks(fleet, CONNECTED_AT_ONCE)) {
    const connected = part.map((owner) => {
      const folder = home.path('devices', owner.device);
      return new CommandLink(tlsConnector(broker, readCredentials(folder, owner.device))(), owner);
    });
    await Promise.all(connected.map(({ ready }) => ready));
    links.push(...connected);
  }
  return links;
}

function report(measured: Measured, plain: PlainTrips, faults: FaultOutcome): Report {
  const lost = measured.lost + faults.lost;
  return {
    figures: [
      ...timesOf(measured),
      ...plainTimesOf(plain),
      figure('orders', measured.orders + faults.orders, 'one for each device of each command'),
      figure('lost', lost, 'of them not done, or not told of in SQL; has to be 0'),
      figure('executed_twice', faults.executedTwice, '… done more than once; has to be 0'),
    ],
    notes: [
      PLAIN_DESK,
      'devices: mqtt-packet on mutual TLS, a connection each, in the process that measures; they do at once what they are told and answer twice, without the journal of the library',
      `lost and executed_twice: also of ${faults.orders} orders to devices of the library, while these, ingest and the broker were killed (-9) and started again`,
      ...measured.failures.slice(0, 3),
    ],
    sound: lost === 0 && faults.executedTwice === 0,
  };
}

function timesOf({ many, single, groups }: Measured): Figure[] {
  const finished = (trips: readonly RoundTrip[]): number[] => trips.map((trip) => trip.finished);
  const share = (of: (trip: RoundTrip) => number): number => median(many.map(of)) / median(finished(many));
  return [
    figure(
      'p50_ms',
      median(finished(many)),
      'from the call until the result is in SQL, so many a second; median',
    ),
    figure('p99_ms', percentile(finished(many), 0.99), '… 99th percentile'),
    figure('alone_p50_ms', median(finished(single)), '… one after the other; median'),
    figure('alone_p99_ms', percentile(finished(single), 0.99), '… 99th percentile'),
    figure(
      'group_1000_s',
      median(finished(groups)) / 1000,
      '… of a command to all devices at once, in one transaction',
    ),
    figure('answer_p50_ms', median(many.map(({ answered }) => answered)), '… until the gateway has answered'),
    figure(
      'share_gateway',
      share(({ proposed }) => proposed),
      'of p50_ms: until the gateway proposes it to the ledger',
    ),
    figure(
      'share_ledger',
      share(({ sent, proposed }) => sent - proposed),
      '… until it is in a block, and the broker has taken the order from ingest',
    ),
    figure(
      'share_device',
      share(({ acknowledged, sent }) => acknowledged - sent),
      "… until ingest has the device's first answer",
    ),
    figure(
      'share_result',
      share(({ finished: end, acknowledged }) => end - acknowledged),
      '… until the result is in SQL',
    ),
  ];
}

function plainTimesOf({ single, many }: PlainTrips): Figure[] {
  return [
    figure('plain_p50_ms', median(many), 'p50_ms of the plain alternative below'),
    figure('plain_p99_ms', percentile(many, 0.99), '… 99th percentile'),
    figure('plain_alone_p50_ms', median(single), '… one after the other; median'),
  ];
}

function figure(name: string, value: number, meaning: string): Figure {
  return { name, value, meaning };
}
