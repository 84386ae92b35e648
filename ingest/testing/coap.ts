import { generateKeyPairSync } from 'node:crypto';

import type { Device } from '../../chaincode/protocol/device.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { coapMemory } from '../coap/memory.ts';
import type { CoapReply, Observation } from '../coap/exchange.ts';
import { Observers } from '../coap/observers.ts';
import type { Resources } from '../coap/resources.ts';
import { testDevice } from './devices.ts';
import type { ManualTime } from './manual-time.ts';

const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** The device of these tests, as it signs. */
export const PRESS = {
  device: 'press-07',
  privateKey: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
};

/** The same as the ledger has it. */
export function pressOnLedger(): Device {
  return testDevice(PRESS.device, {
    publicKey: keys.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  });
}

/** What there is at the CoAP port, of which a test replaces what it looks at. */
export function testResources(time: ManualTime, press: () => Device): Resources {
  return {
    mirror: { device: (id) => (id === PRESS.device ? press() : undefined) },
    admission: {
      activeDevice: () => {
        if (press().status === 'active') return press();
        throw new BiotError('DEVICE_NOT_ACTIVE', `press-07 is ${press().status}`);
      },
    },
    ...coapMemory(time),
    observers: new Observers(time),
    offers: { of: () => Promise.resolve([]) },
    imagePart: (id) => Promise.reject(new BiotError('NOT_FOUND', id)),
    receive: () => undefined,
    asked: () => undefined,
    answered: () => undefined,
    time,
  };
}

/** One who observes, and what became of what it was told. */
export class Watcher implements Observation {
  readonly told: CoapReply[] = [];
  readonly wanted: boolean;
  readonly key: string;
  there = true;

  constructor(key = 'here abcd', wanted = true) {
    this.key = key;
    this.wanted = wanted;
  }

  notify: Observation['notify'] = (reply) => {
    this.told.push(reply);
    return Promise.resolve(this.there);
  };
}
