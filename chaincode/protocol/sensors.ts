import { z } from 'zod';

/** What a sensor may be called and what its numbers mean. Names are those of the QUDT quantity kinds, shortened. */
export const SENSORS = {
  temperature: { unit: '°C', label: 'Temperature' },
  humidity: { unit: '%', label: 'Relative humidity' },
  pressure: { unit: 'hPa', label: 'Pressure' },
  vibration: { unit: 'mm/s', label: 'Vibration velocity' },
  voltage: { unit: 'V', label: 'Voltage' },
  current: { unit: 'A', label: 'Current' },
  power: { unit: 'W', label: 'Power' },
  energy: { unit: 'kWh', label: 'Energy' },
  frequency: { unit: 'Hz', label: 'Frequency' },
  rotation: { unit: '1/min', label: 'Rotation speed' },
  torque: { unit: 'N·m', label: 'Torque' },
  flow: { unit: 'l/min', label: 'Flow' },
  level: { unit: '%', label: 'Fill level' },
  weight: { unit: 'kg', label: 'Weight' },
  speed: { unit: 'm/s', label: 'Speed' },
  acceleration: { unit: 'm/s²', label: 'Acceleration' },
  illuminance: { unit: 'lx', label: 'Illuminance' },
  noise: { unit: 'dB(A)', label: 'Noise' },
  co2: { unit: 'ppm', label: 'Carbon dioxide' },
  voc: { unit: 'ppb', label: 'Volatile organic compounds' },
  pm25: { unit: 'µg/m³', label: 'Particulates 2.5 µm' },
  ph: { unit: 'pH', label: 'Acidity' },
  conductivity: { unit: 'µS/cm', label: 'Conductivity' },
  battery: { unit: '%', label: 'Battery charge' },
  signal: { unit: 'dBm', label: 'Signal strength' },
  latitude: { unit: '°', label: 'Latitude' },
  longitude: { unit: '°', label: 'Longitude' },
  altitude: { unit: 'm', label: 'Altitude' },
  count: { unit: '1', label: 'Count' },
  state: { unit: '1', label: 'State' },
} as const satisfies Record<string, { unit: string; label: string }>;

export type Sensor = keyof typeof SENSORS;

export function isSensor(value: string): value is Sensor {
  return Object.hasOwn(SENSORS, value);
}

export const SENSOR_NAMES: readonly Sensor[] = Object.keys(SENSORS).filter(isSensor).sort();

export const sensorSchema = z
  .enum(SENSOR_NAMES, { error: `unknown sensor; known are ${SENSOR_NAMES.join(', ')}` })
  .meta({ id: 'Sensor', examples: ['temperature'] });
