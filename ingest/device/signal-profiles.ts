import type { Sensor } from '../../chaincode/protocol/sensors.ts';

/** How a sensor's values look, in the sensor's unit. */
export interface Profile {
  readonly base: number;
  /** Height of the daily cycle over the base. */
  readonly daily: number;
  /** Of slow changes, and of differences between devices. */
  readonly wander: number;
  readonly noise: number;
  readonly least?: number;
  readonly most?: number;
  /** Digits behind the decimal point, as the instrument gives them. */
  readonly digits: number;
  /** Of counters: growth. */
  readonly perHour?: number;
}

/** A factory in a temperate place. */
export const PROFILES: Readonly<Record<Sensor, Profile>> = {
  temperature: { base: 24, daily: 4, wander: 3, noise: 0.3, digits: 2 },
  humidity: { base: 48, daily: 8, wander: 5, noise: 0.6, least: 0, most: 100, digits: 1 },
  pressure: { base: 1013, daily: 2, wander: 6, noise: 0.4, digits: 1 },
  vibration: { base: 2.2, daily: 0.3, wander: 0.6, noise: 0.35, least: 0, digits: 3 },
  voltage: { base: 230, daily: 2, wander: 1.5, noise: 0.6, digits: 1 },
  current: { base: 14, daily: 5, wander: 3, noise: 0.7, least: 0, digits: 2 },
  power: { base: 3200, daily: 1100, wander: 500, noise: 120, least: 0, digits: 0 },
  energy: { base: 0, daily: 0, wander: 0, noise: 0, digits: 3, perHour: 3.2 },
  frequency: { base: 50, daily: 0.01, wander: 0.02, noise: 0.01, digits: 3 },
  rotation: { base: 1480, daily: 20, wander: 30, noise: 8, least: 0, digits: 0 },
  torque: { base: 85, daily: 8, wander: 9, noise: 2.5, least: 0, digits: 1 },
  flow: { base: 120, daily: 25, wander: 15, noise: 3, least: 0, digits: 1 },
  level: { base: 62, daily: 12, wander: 10, noise: 0.3, least: 0, most: 100, digits: 1 },
  weight: { base: 480, daily: 60, wander: 90, noise: 1.5, least: 0, digits: 1 },
  speed: { base: 1.6, daily: 0.2, wander: 0.3, noise: 0.08, least: 0, digits: 2 },
  acceleration: { base: 0, daily: 0, wander: 0.2, noise: 0.5, digits: 3 },
  illuminance: { base: 380, daily: 340, wander: 60, noise: 12, least: 0, digits: 0 },
  noise: { base: 64, daily: 9, wander: 5, noise: 2.5, least: 25, digits: 1 },
  co2: { base: 640, daily: 190, wander: 90, noise: 12, least: 400, digits: 0 },
  voc: { base: 180, daily: 60, wander: 50, noise: 9, least: 0, digits: 0 },
  pm25: { base: 11, daily: 4, wander: 4, noise: 0.8, least: 0, digits: 1 },
  ph: { base: 7.2, daily: 0.1, wander: 0.25, noise: 0.03, least: 0, most: 14, digits: 2 },
  conductivity: { base: 610, daily: 20, wander: 45, noise: 4, least: 0, digits: 0 },
  battery: { base: 82, daily: 6, wander: 5, noise: 0.1, least: 0, most: 100, digits: 1 },
  signal: { base: -67, daily: 3, wander: 5, noise: 2, most: 0, digits: 0 },
  latitude: { base: 48.1374, daily: 0, wander: 0.0004, noise: 0.00002, digits: 6 },
  longitude: { base: 11.5755, daily: 0, wander: 0.0004, noise: 0.00002, digits: 6 },
  altitude: { base: 519, daily: 0, wander: 2, noise: 0.4, digits: 1 },
  count: { base: 0, daily: 0, wander: 0, noise: 0, least: 0, digits: 0, perHour: 360 },
  state: { base: 1, daily: 0, wander: 0.8, noise: 0, least: 0, most: 2, digits: 0 },
};
