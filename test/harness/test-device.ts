import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { connectAsync } from 'mqtt';
import { z } from 'zod';

import { type Receipt, receiptSchema } from '../../chaincode/protocol/receipt.ts';
import type { Registration } from '../../chaincode/protocol/device.ts';
import { createDeviceToken } from '../../ingest/device/token.ts';
import type { Home } from '../../network/home/home.ts';
import { GENERIC } from '../../network/initial-types.ts';
import { connectLedger } from '../../network/ledger/client.ts';
import { memberConnection } from '../../network/ledger/member-connection.ts';
import { type RegistryLedger, registryLedger } from '../../network/ledger/registry.ts';
import { credentialsIn, ensureCredentials } from '../../network/pki/credentials.ts';
import { DEVICE_DAYS, openDevicesAuthority } from '../../network/pki/devices.ts';
import { publicKeyPem, readPrivateKey } from '../../network/pki/keys.ts';
import { ask, eventually, ownerPool, type Ran, runProgram } from './instance.ts';

/** One that all the demo's members serve. */
export const TENANT = 'demo';

const RECEIPT_WITHIN_MS = 30_000;

/** A device of the tests' own: certified by the devices' authority, on the ledger only when it is registered. */
export interface TestDevice {
  id: string;
  topic: string;
  publicKey: string;
  /** Publishes with the stock client of Mosquitto, MQTT 5, QoS 1. */
  publish(payload: string | Buffer, topic?: string): Promise<Ran>;
  /**
   * Publishes with MQTT.js and gives the receipt, over one connection: a second one of the same device would end the
   * first. (mosquitto_rr of Debian 12 does not serve: it sends what it reads from a file or its input as empty.)
   */
  request(payload: string | Buffer): Promise<Receipt>;
}

export async function makeDevice(home: Home, prefix = 'device'): Promise<TestDevice> {
  const id = `${prefix}-${randomBytes(4).toString('hex')}`;
  const credentials = credentialsIn(home.path('devices', id));
  await ensureCredentials(credentials, openDevicesAuthority(home), {
    commonName: id,
    usages: ['client'],
    days: DEVICE_DAYS,
  });
  return deviceIn(home, id);
}

/** A device by its folder, which has its key and its certificate. */
export function deviceIn(home: Home, id: string, tenant = TENANT): TestDevice {
  const credentials = credentialsIn(home.path('devices', id));
  const options = [
    ...['-V', '5', '-h', '127.0.0.1', '-p', String(home.ports.mqtt)],
    ...['--cafile', home.path('pki', 'platform-ca', 'cert.pem')],
    ...['--cert', credentials.certificateFile, '--key', credentials.keyFile],
  ];
  const ownTopic = `biot/v1/${tenant}/${id}/telemetry`;
  return {
    id,
    topic: ownTopic,
    publicKey: publicKeyPem(readPrivateKey(readFileSync(credentials.keyFile, 'utf8')).publicKey),
    publish: (payload, topic = ownTopic) =>
      runProgram('mosquitto_pub', [...options, '-q', '1', '-t', topic, '-s'], payload),
    async request(payload) {
      const client = await connectAsync(`mqtts://127.0.0.1:${home.ports.mqtt}`, {
        protocolVersion: 5,
        reconnectPeriod: 0,
        ca: readFileSync(home.path('pki', 'platform-ca', 'cert.pem')),
        cert: readFileSync(credentials.certificateFile),
        key: readFileSync(credentials.keyFile),
      });
      try {
        await client.subscribeAsync(`biot/v1/${tenant}/${id}/receipt`, { qos: 1 });
        const received = Promise.withResolvers<Buffer>();
        client.once('message', (_topic, bytes) => {
          received.resolve(bytes);
        });
        const late = setTimeout(() => {
          received.reject(new Error('no receipt came'));
        }, RECEIPT_WITHIN_MS);
        await client.publishAsync(ownTopic, payload, { qos: 1 });
        const receipt = await received.promise;
        clearTimeout(late);
        return receiptSchema.parse(JSON.parse(receipt.toString()));
      } finally {
        await client.endAsync();
      }
    },
  };
}

/** What its organisation's admin tells the ledger about it. */
export function registrationOf({ id, publicKey }: TestDevice, type = GENERIC): Registration {
  return { id, tenant: TENANT, type, publicKey };
}

export async function withRegistry<Result>(
  home: Home,
  member: string,
  work: (registry: RegistryLedger) => Promise<Result>,
): Promise<Result> {
  const client = connectLedger(memberConnection(home, member));
  try {
    return await work(registryLedger(client));
  } finally {
    client.close();
  }
}

/**
 * A device that is registered and active, of organisation Manufacturer, and known to the gateway and to ingest, which
 * hear of it from another organisation's peer.
 */
export async function makeActiveDevice(home: Home, prefix?: string, type?: string): Promise<TestDevice> {
  const device = await makeUnheardDevice(home, prefix, type);
  await heardOf(home, device.id);
  return device;
}

/** The same, of which the gateway and ingest may still have to hear. */
export async function makeUnheardDevice(home: Home, prefix?: string, type?: string): Promise<TestDevice> {
  const device = await makeDevice(home, prefix);
  await withRegistry(home, 'admin@manufacturer', async (registry) => {
    await registry.register([registrationOf(device, type)]);
    await registry.activate(device.id, 'made for a test');
  });
  return device;
}

async function heardOf(home: Home, id: string): Promise<void> {
  const privateKey = readFileSync(credentialsIn(home.path('devices', id)).keyFile, 'utf8');
  const byGateway = async (): Promise<boolean> => {
    const token = await createDeviceToken({ device: id, privateKey, now: Date.now() });
    return (await ask(home, '/api/v1/device/self', { token })).status === 200;
  };
  await eventually(byGateway, `the gateway to hear of ${id}`);
  const pool = ownerPool(home);
  // Ingest writes down what it knows of devices.
  const byIngest = async (): Promise<boolean> => {
    const rows: unknown = await pool.query('SELECT status FROM devices WHERE device_id = ?', [id]);
    return z.array(z.object({ status: z.string() })).parse(rows)[0]?.status === 'active';
  };
  try {
    await eventually(byIngest, `ingest to hear of ${id}`);
  } finally {
    await pool.end();
  }
}
