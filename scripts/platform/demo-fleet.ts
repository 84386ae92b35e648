import { existsSync } from 'node:fs';

import { writeFileAtomically } from '../../network/home/files.ts';
import type { Home } from '../../network/home/home.ts';
import { DEMO_TENANT } from '../../network/home/organisations.ts';

/** A device of the demo: what it is, who owns it and what it measures. */
export interface DemoDevice {
  id: string;
  tenant: string;
  type: string;
  /** The admin who registers it; its organisation owns the device. */
  registeredBy: 'admin@manufacturer' | 'admin@operator';
  sensors: readonly string[];
  intervalMs: number;
}

const INTERVAL_MS = 2_000;

function device(
  id: string,
  type: string,
  registeredBy: DemoDevice['registeredBy'],
  ...sensors: string[]
): DemoDevice {
  return { id, tenant: DEMO_TENANT, type, registeredBy, sensors, intervalMs: INTERVAL_MS };
}

/** Ten devices of a small factory. */
export const DEMO_FLEET: readonly DemoDevice[] = [
  device('press-01', 'press', 'admin@manufacturer', 'temperature', 'vibration', 'power'),
  device('press-02', 'press', 'admin@manufacturer', 'temperature', 'vibration', 'power'),
  device('press-03', 'press', 'admin@manufacturer', 'temperature', 'vibration', 'power'),
  device('boiler-01', 'boiler', 'admin@manufacturer', 'temperature', 'pressure'),
  device('boiler-02', 'boiler', 'admin@manufacturer', 'temperature', 'pressure'),
  device('pump-01', 'pump', 'admin@manufacturer', 'flow', 'pressure', 'rotation'),
  device('cold-room-01', 'climate', 'admin@operator', 'temperature', 'humidity'),
  device('cold-room-02', 'climate', 'admin@operator', 'temperature', 'humidity'),
  device('hall-air-01', 'air-quality', 'admin@operator', 'co2', 'humidity', 'noise'),
  device('meter-01', 'power-meter', 'admin@operator', 'voltage', 'current', 'power'),
];

/** Tells the simulator which devices it is. */
export function writeFleetFile(home: Home): void {
  const file = home.path('devices', 'fleet.json');
  if (existsSync(file)) return;
  const fleet = DEMO_FLEET.map(({ id, tenant, type, sensors, intervalMs }) => ({
    id,
    tenant,
    type,
    sensors,
    intervalMs,
  }));
  writeFileAtomically(file, JSON.stringify(fleet, null, 2));
}
