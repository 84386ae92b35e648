import { crc32 } from 'node:zlib';

import type { Sensor } from '../../chaincode/protocol/sensors.ts';
import { PROFILES } from './signal-profiles.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MINUTE_MS = 60_000;
/** Counters begin here. */
const BEGIN = Date.UTC(2026, 0, 1);
const ROOM_FOR_HASHES = 2 ** 32;

/** A made-up measurement at an instant (milliseconds since the Unix epoch). */
export type Signal = (ts: number) => number;

/**
 * What a sensor might measure: a daily cycle, slow wandering and a little noise, smooth in time. The same seed gives
 * the same values, whenever they are asked for.
 */
export function signalOf(sensor: Sensor, seed: string): Signal {
  const {
    base,
    daily,
    wander,
    noise,
    least = -Infinity,
    most = Infinity,
    digits,
    perHour = 0,
  } = PROFILES[sensor];
  const key = `${seed}/${sensor}`;
  // Devices of one kind differ a little, and reach the height of their day at different times.
  const offset = wander * (2 * unit(key, 0) - 1);
  const phase = unit(key, 1) / 6;
  return (ts) => {
    const value =
      base +
      offset +
      daily * Math.sin(2 * Math.PI * (ts / DAY_MS + phase)) +
      wander * smoothNoise(`${key}/slow`, ts / (20 * MINUTE_MS)) +
      noise * smoothNoise(`${key}/quick`, ts / 7_000) +
      (perHour * (ts - BEGIN)) / HOUR_MS;
    return Number(Math.min(most, Math.max(least, value)).toFixed(digits));
  };
}

/** Random numbers from -1 to 1, one at each whole `time`, joined by cosines. */
function smoothNoise(key: string, time: number): number {
  const before = Math.floor(time);
  const share = (1 - Math.cos(Math.PI * (time - before))) / 2;
  return 2 * (unit(key, before) * (1 - share) + unit(key, before + 1) * share) - 1;
}

/** A number from 0 up to 1 that looks random and is always the same. */
function unit(key: string, index: number): number {
  // CRC-32 alone is linear: neighbours would resemble each other. The mixing is that of MurmurHash3.
  let bits = crc32(`${key}#${index}`);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return ((bits ^ (bits >>> 16)) >>> 0) / ROOM_FOR_HASHES;
}
