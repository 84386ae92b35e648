import { readFileSync } from 'node:fs';

import { connectAsync } from 'mqtt';

import type { Home } from '../../network/home/home.ts';
import { credentialsIn } from '../../network/pki/credentials.ts';

/** A device's connection to the broker, by MQTT.js, that does not come back by itself. */
export interface BrokerConnection {
  open(): boolean;
  /** Fulfilled with the instant at which the broker ended it. */
  readonly closed: Promise<number>;
  end(): Promise<void>;
}

/** @throws Error when the broker does not let it in */
export async function connectDevice(home: Home, id: string): Promise<BrokerConnection> {
  const { certificateFile, keyFile } = credentialsIn(home.path('devices', id));
  const client = await connectAsync(
    `mqtts://127.0.0.1:${home.ports.mqtt}`,
    {
      protocolVersion: 5,
      reconnectPeriod: 0,
      ca: readFileSync(home.path('pki', 'platform-ca', 'cert.pem')),
      cert: readFileSync(certificateFile),
      key: readFileSync(keyFile),
    },
    false,
  );
  const closed = new Promise<number>((resolve) => {
    client.once('close', () => {
      resolve(Date.now());
    });
  });
  return { open: () => client.connected, closed, end: () => client.endAsync(true) };
}
