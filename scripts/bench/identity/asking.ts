import { readFileSync } from 'node:fs';

import type { Home } from '../../../network/home/home.ts';
import { connectLedger } from '../../../network/ledger/client.ts';
import { memberConnection } from '../../../network/ledger/member-connection.ts';
import { registryLedger } from '../../../network/ledger/registry.ts';
import { chunks } from '../../../sql/query.ts';
import type { BenchContext, Report } from '../bench.ts';
import { runChild } from '../run-child.ts';
import { median } from '../statistics.ts';
import { type BenchDevice, makeDevices } from './fleet.ts';
import { httpMeasuredSchema, type HttpMeasured, type HttpWork } from './http-work.ts';
import { PlainGateway, SELF } from './plain-gateway.ts';

const ADMIN = 'admin@manufacturer';
const TALKERS = 200;
/** A peer takes no more than some hundred calls at one time. */
const AT_ONCE = 100;
const CONNECTIONS = 32;
const ROUNDS = 5;
/** Of the client's own garbage collection, which would count as the gateway's time. */
const SHORT_PAUSES = ['--max-semi-space-size=1'];

/** A device's requests to the gateway, against one that asks its peer each time. */
export async function measureAsking(
  home: Home,
  seconds: number,
  { progress, interrupt }: BenchContext,
): Promise<Report> {
  const talkers = makeDevices('talker', TALKERS);
  await progress.step(`${TALKERS} devices that ask`, () => activate(home, talkers));
  const plain = await PlainGateway.start(home);
  try {
    const input: HttpWork = {
      authority: readFileSync(home.path('pki', 'platform-ca', 'cert.pem'), 'utf8'),
      ours: { port: home.ports.gateway, path: SELF },
      plain: { port: plain.port, path: SELF },
      talkers: talkers.map(({ registration: { id }, privateKey }) => ({ device: id, privateKey })),
      connections: CONNECTIONS,
      rounds: ROUNDS,
      roundMs: (1000 * seconds) / ROUNDS,
      halfRateMs: 1000 * seconds,
    };
    const measured = await progress.step('requests of devices over HTTPS', () =>
      runChild({
        script: 'identity/http-main.ts',
        input,
        answer: httpMeasuredSchema,
        interrupt,
        node: SHORT_PAUSES,
      }),
    );
    return report(measured);
  } finally {
    await plain.close();
  }
}

function report({ ours, plain, failures, processor }: HttpMeasured): Report {
  const [rate, plainRate] = [median(ours.rates), median(plain.rates)];
  return {
    figures: [
      {
        name: 'http_requests_per_second',
        value: rate,
        meaning: 'a device’s requests, token verified and authorised, over HTTPS',
      },
      {
        name: 'http_evaluate_requests_per_second',
        value: plainRate,
        meaning: '… the same with one evaluate a request',
      },
      { name: 'http_ratio', value: rate / plainRate, meaning: 'ours to the plain alternative' },
      { name: 'http_p50_ms', value: ours.p50, meaning: 'at half of our rate, from when a request was due' },
      { name: 'http_p99_ms', value: ours.p99, meaning: '…' },
      {
        name: 'http_evaluate_p99_ms',
        value: plain.p99,
        meaning: '… with one evaluate a request, at half of its own rate',
      },
      { name: 'http_failures', value: failures, meaning: 'answers other than 200; has to be 0' },
    ],
    notes: [
      `plain alternative to a request: Express over HTTPS, DeviceContract:Get by evaluate at each request, then the same check of the token; ${CONNECTIONS} connections kept alive, in turns with ours`,
      `client: node:https in a process of its own, tokens signed before each round, its own garbage collected in small parts; it took ${processor.toFixed(2)} of a core`,
    ],
    sound: failures === 0,
  };
}

async function activate(home: Home, devices: readonly BenchDevice[]): Promise<void> {
  const client = connectLedger(memberConnection(home, ADMIN));
  try {
    const registry = registryLedger(client);
    await registry.register(devices.map(({ registration }) => registration));
    for (const part of chunks(devices, AT_ONCE)) {
      await Promise.all(
        part.map(({ registration: { id } }) => registry.activate(id, 'made for a measurement')),
      );
    }
  } finally {
    client.close();
  }
}
