import { readFileSync } from 'node:fs';
import { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { deviceIdSchema, deviceTypeSchema, tenantSchema } from '../../chaincode/protocol/identifiers.ts';
import { sensorSchema } from '../../chaincode/protocol/sensors.ts';

const HOUR_MS = 3_600_000;

/** A device to simulate. */
const simulatedDeviceSchema = z.strictObject({
  id: deviceIdSchema,
  tenant: tenantSchema,
  type: deviceTypeSchema,
  sensors: z.array(sensorSchema).min(1),
  /** Milliseconds between two messages. */
  intervalMs: z.int().min(100).max(HOUR_MS).default(2_000),
});
export type FleetMember = z.infer<typeof simulatedDeviceSchema>;

const fleetSchema = z
  .array(simulatedDeviceSchema)
  .refine((fleet) => new Set(fleet.map(({ id }) => id)).size === fleet.length, 'a device is listed twice');

/** @throws BiotError CONFIGURATION_INVALID saying what is wrong with the file */
export function readFleet(file: string): FleetMember[] {
  try {
    return fleetSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new BiotError('CONFIGURATION_INVALID', `${file}: ${why}`, { cause });
  }
}
