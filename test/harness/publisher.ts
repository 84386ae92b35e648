import { readFileSync } from 'node:fs';

import type { ErrorCode } from '../../chaincode/protocol/errors.ts';
import { openDevice, type OpenDevice } from '../../ingest/device/device.ts';
import type { Home } from '../../network/home/home.ts';
import { TENANT, type TestDevice } from './test-device.ts';

/** Readings in each message of a publisher. */
export const READINGS = 2;

/** A test's device with the library that devices use, and what became of what it published. */
export interface Publisher extends OpenDevice {
  readonly id: string;
  readonly seen: {
    connections: number;
    disconnections: number;
    /** Messages handed to the broker, each as often as that was done. */
    sent: number;
    /** Numbers of the messages that were receipted. */
    readonly committed: Set<number>;
    /** Codes of final refusals. */
    readonly refused: ErrorCode[];
    /** Why it was told to keep everything and try again later. */
    readonly postponed: ErrorCode[];
  };
  /** @returns the number of the first of these messages */
  publish(count: number): number;
  /** Publishes one message in each interval, until it is closed or told to stop. */
  publishEvery(ms: number): void;
  stop(): void;
}

/** @param window messages that it sends without waiting for receipts */
export async function openPublisher(
  home: Home,
  { id }: TestDevice,
  { window = 256 } = {},
): Promise<Publisher> {
  const seen: Publisher['seen'] = {
    connections: 0,
    disconnections: 0,
    sent: 0,
    committed: new Set(),
    refused: [],
    postponed: [],
  };
  const device = await openDevice({
    folder: home.path('devices', id),
    owner: { tenant: TENANT, device: id },
    broker: {
      port: home.ports.mqtt,
      authority: readFileSync(home.path('pki', 'platform-ca', 'cert.pem'), 'utf8'),
    },
    window: { size: window },
    events: {
      connected: () => (seen.connections += 1),
      disconnected: () => (seen.disconnections += 1),
      sent: () => (seen.sent += 1),
      committed: (messages) => {
        for (const { seq } of messages) seen.committed.add(seq);
      },
      refused: ({ code }) => seen.refused.push(code),
      postponed: ({ code }) => seen.postponed.push(code),
    },
  });
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    clearInterval(timer);
  };
  const publishOne = (): number =>
    device.client.publish({ ts: Date.now(), values: { temperature: device.store.next % 100, humidity: 50 } });
  return {
    ...device,
    id,
    seen,
    publish(count) {
      const first = device.store.next;
      for (let index = 0; index < count; index += 1) publishOne();
      return first;
    },
    publishEvery(ms) {
      timer = setInterval(publishOne, ms);
    },
    stop,
    async close() {
      stop();
      await device.close();
    },
  };
}
