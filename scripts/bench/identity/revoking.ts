import { readFileSync } from 'node:fs';

import { connectAsync, type MqttClient } from 'mqtt';

import { createDeviceToken } from '../../../ingest/device/token.ts';
import type { Home } from '../../../network/home/home.ts';
import { connectLedger } from '../../../network/ledger/client.ts';
import { memberConnection } from '../../../network/ledger/member-connection.ts';
import { type RegistryLedger, registryLedger } from '../../../network/ledger/registry.ts';
import { credentialsIn } from '../../../network/pki/credentials.ts';
import { connectPool, homeDatabase } from '../../../sql/connect.ts';
import type { BenchContext, Report } from '../bench.ts';
import { enrolFleet } from '../fleet.ts';
import { median, percentile } from '../statistics.ts';
import { HttpsClient } from './https-client.ts';
import { PlainGateway, SELF } from './plain-gateway.ts';

const ADMIN = 'admin@manufacturer';
const FORBIDDEN = 403;
const OK = 200;
/** Devices whose refusal by the plain gateway is measured, for each that ours refuses. */
const PLAIN_SHARE = 0.2;

/** What a revoked device notices, in milliseconds from the commit of its revocation as the revoker's peer tells it. */
interface Noticed {
  readonly refused: number;
  readonly cut: number;
}

/** From the commit of a revocation to the refusal of the device's requests, and to the end of its connection. */
export async function measureRevoking(
  home: Home,
  count: number,
  { progress }: BenchContext,
): Promise<Report> {
  const plainCount = Math.max(1, Math.round(count * PLAIN_SHARE));
  const database = connectPool(homeDatabase(home, 'biot'));
  const fleet = await progress
    .step(`${count + plainCount} devices that are to be revoked`, () =>
      enrolFleet(home, database, count + plainCount),
    )
    .finally(() => database.end());
  const ids = fleet.map(({ device }) => device);
  const plainGateway = await PlainGateway.start(home);
  const client = connectLedger(memberConnection(home, ADMIN));
  const revoker = new Revoker(home, registryLedger(client));
  try {
    const noticed = await progress.step('revocations', () => revoker.revokeAll(ids.slice(0, count)));
    const plain = await progress.step('revocations that the plain gateway notices', () =>
      revoker.revokePlainly(ids.slice(count), plainGateway.port),
    );
    return report(noticed, plain);
  } finally {
    revoker.close();
    client.close();
    await plainGateway.close();
  }
}

function report(noticed: readonly Noticed[], plain: readonly number[]): Report {
  const later = noticed.map(({ refused, cut }) => Math.max(refused, cut));
  const [refused, cut] = [noticed.map((one) => one.refused), noticed.map((one) => one.cut)];
  return {
    figures: [
      {
        name: 'revocation_p50_ms',
        value: median(later),
        meaning: 'from the commit to the later of refusal at the gateway and end of the connection',
      },
      { name: 'revocation_p99_ms', value: percentile(later, 0.99), meaning: `… of ${later.length}` },
      {
        name: 'refusal_p99_ms',
        value: percentile(refused, 0.99),
        meaning: '… to the refusal at the gateway',
      },
      {
        name: 'cut_p99_ms',
        value: percentile(cut, 0.99),
        meaning: '… to the end of the connection to the broker',
      },
      {
        name: 'plain_refusal_p99_ms',
        value: percentile(plain, 0.99),
        meaning: '… to the refusal by a gateway that asks its peer each time',
      },
    ],
    notes: [
      'revocation: the device asks on and on, one request after the other, and is connected by MQTT; a refusal counts when its answer is there; the plain alternative never cuts a connection',
    ],
    sound: true,
  };
}

/** Revokes devices one after the other, and watches through their eyes. */
class Revoker {
  readonly #home: Home;
  readonly #registry: RegistryLedger;
  readonly #authority: string;
  readonly #https: HttpsClient;

  constructor(home: Home, registry: RegistryLedger) {
    this.#home = home;
    this.#registry = registry;
    this.#authority = readFileSync(home.path('pki', 'platform-ca', 'cert.pem'), 'utf8');
    this.#https = new HttpsClient(this.#authority, 1);
  }

  async revokeAll(ids: readonly string[]): Promise<Noticed[]> {
    const noticed: Noticed[] = [];
    const connections = new Map<string, MqttClient>();
    for (const id of ids) connections.set(id, await this.#connect(id));
    for (const [id, connection] of connections) {
      const cut = new Promise<number>((resolve) => {
        connection.once('close', () => {
          resolve(performance.now());
        });
      });
      const refused = this.#untilRefused(id, this.#home.ports.gateway);
      const committed = await this.#revoke(id);
      noticed.push({ refused: (await refused) - committed, cut: (await cut) - committed });
    }
    return noticed;
  }

  async revokePlainly(ids: readonly string[], port: number): Promise<number[]> {
    const noticed: number[] = [];
    for (const id of ids) {
      const refused = this.#untilRefused(id, port);
      const committed = await this.#revoke(id);
      noticed.push((await refused) - committed);
    }
    return noticed;
  }

  close(): void {
    this.#https.close();
  }

  async #revoke(id: string): Promise<number> {
    await this.#registry.revoke(id, 'measured');
    return performance.now();
  }

  async #untilRefused(id: string, port: number): Promise<number> {
    const privateKey = this.#read(id).key;
    for (;;) {
      const token = await createDeviceToken({ device: id, privateKey, now: Date.now() });
      const status = await this.#https.get({ port, path: SELF }, token);
      if (status === FORBIDDEN) return performance.now();
      if (status !== OK) throw new RangeError(`${id} was answered ${status}`);
    }
  }

  #connect(id: string): Promise<MqttClient> {
    return connectAsync(
      `mqtts://127.0.0.1:${this.#home.ports.mqtt}`,
      { protocolVersion: 5, reconnectPeriod: 0, ca: this.#authority, ...this.#read(id) },
      false,
    );
  }

  #read(id: string): { cert: string; key: string } {
    const { certificateFile, keyFile } = credentialsIn(this.#home.path('devices', id));
    return { cert: readFileSync(certificateFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  }
}
