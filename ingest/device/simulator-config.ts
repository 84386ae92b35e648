import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { type FleetMember, readFleet } from './fleet.ts';
import type { SimulatedFirmwareOptions } from './simulated-firmware.ts';
import type { BrokerAddress } from './tls-connector.ts';

/** The simulator's environment. Each variable is documented where it is declared. */
const environmentSchema = z.object({
  BIOT_DEVICES: z.string().min(1).meta({
    title: 'Devices',
    description: 'Folder with fleet.json, and a folder with key and certificate for each device in it',
  }),
  BIOT_BROKER_HOST: z.string().min(1).default('127.0.0.1').meta({
    title: 'Broker host',
    description: 'Host name or address of the MQTT listener for devices',
  }),
  BIOT_BROKER_PORT: z.coerce.number().int().min(1).max(65_535).meta({
    title: 'Broker port',
    description: 'Port of the MQTT listener for devices',
  }),
  BIOT_BROKER_AUTHORITY: z.string().min(1).meta({
    title: 'Broker authority',
    description: "PEM file with the certificate of the authority that issued the broker's, and the gateway's",
  }),
  BIOT_GATEWAY_URL: z.url({ protocol: /^https$/ }).meta({
    title: 'Gateway',
    description: 'Where devices fetch firmware, such as https://127.0.0.1:8440',
  }),
  BIOT_VENDOR_KEYS: z.string().min(1).meta({
    title: 'Vendor keys',
    description:
      "Folder with the vendors' public keys (*.pub, PEM) whose firmware devices trust; it may be missing",
  }),
});

export interface SimulatorConfig {
  readonly fleet: readonly FleetMember[];
  readonly broker: BrokerAddress;
  readonly firmware: SimulatedFirmwareOptions;
  /** Where a device's key, certificate and store are. */
  readonly folderOf: (device: string) => string;
}

/** @throws BiotError CONFIGURATION_INVALID naming the variable or file that is wrong */
export function readSimulatorConfig(environment: NodeJS.ProcessEnv): SimulatorConfig {
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success) {
    throw new BiotError('CONFIGURATION_INVALID', z.prettifyError(parsed.error), { cause: parsed.error });
  }
  const { BIOT_DEVICES, BIOT_BROKER_HOST, BIOT_BROKER_PORT, BIOT_BROKER_AUTHORITY } = parsed.data;
  const authority = readAuthority(BIOT_BROKER_AUTHORITY);
  return {
    fleet: readFleet(join(BIOT_DEVICES, 'fleet.json')),
    broker: { host: BIOT_BROKER_HOST, port: BIOT_BROKER_PORT, authority },
    firmware: {
      gateway: { url: parsed.data.BIOT_GATEWAY_URL, authority },
      keys: parsed.data.BIOT_VENDOR_KEYS,
    },
    folderOf: (device) => join(BIOT_DEVICES, device),
  };
}

function readAuthority(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new BiotError('CONFIGURATION_INVALID', `BIOT_BROKER_AUTHORITY: cannot read ${file}`, { cause });
  }
}
