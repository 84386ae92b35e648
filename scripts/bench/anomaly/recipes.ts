import { heavy, type Random, wild } from './random.ts';

const DAY = 1440;

export interface Recipe {
  readonly name: string;
  readonly readings: number;
  readonly minutes: number;
  /** Where anomalies begin, as shares of the series. */
  readonly at: readonly number[];
  value(moment: Moment): number;
  /** Readings that never came. */
  missing?(moment: Moment): boolean;
}

interface Moment {
  readonly index: number;
  /** Minutes since a Monday's midnight. */
  readonly minute: number;
  readonly random: Random;
  /** What the series is before noise and anomalies were to be remembered. */
  readonly memory: { level: number };
  /** Readings since the last anomaly began; -1 before the first. */
  readonly since: number;
}

const within = (since: number, length: number): boolean => since >= 0 && since < length;
const dayWave = (minute: number): number => Math.sin((2 * Math.PI * (minute - 480)) / DAY);
const dayOf = (minute: number): number => Math.floor(minute / DAY) % 7;
const clockOf = (minute: number): number => minute % DAY;
const office = (minute: number): boolean => clockOf(minute) >= 540 && clockOf(minute) < 1080;
/** A wandering level that is drawn back to nothing. */
function wander(memory: { level: number }, random: Random, back: number, step: number): number {
  memory.level += step * random.normal() - back * memory.level;
  return memory.level;
}
/** Demand by half-hours, with a morning and an evening, quieter at weekends. */
function demand(minute: number): number {
  const weekend = dayOf(minute) >= 5;
  const hour = clockOf(minute) / 60;
  const hump = (at: number, width: number): number => Math.exp(-(((hour - at) / width) ** 2));
  return 3000 + (weekend ? 7000 * hump(14, 5) + 8000 * hump(23, 3) : 9000 * hump(9, 3) + 12000 * hump(19, 4));
}

/** Series of all kinds that sensors and servers send, with anomalies and without. */
export const RECIPES: readonly Recipe[] = [
  { name: 'noise-nothing', readings: 4000, minutes: 5, at: [], value: ({ random }) => 20 + random.normal() },
  {
    name: 'wandering-nothing',
    readings: 8000,
    minutes: 5,
    at: [],
    value: ({ random, memory }) => 80 + wander(memory, random, 0.002, 0.5),
  },
  {
    name: 'day-nothing',
    readings: 4032,
    minutes: 5,
    at: [],
    value: ({ minute, random }) => 20 + 8 * dayWave(minute) + random.normal(),
  },
  {
    name: 'level-shift',
    readings: 4000,
    minutes: 5,
    at: [0.6],
    value: ({ random, since }) => 20 + random.normal() + (since >= 0 ? 5 : 0),
  },
  {
    name: 'small-shift',
    readings: 4000,
    minutes: 5,
    at: [0.6],
    value: ({ random, since }) => 20 + random.normal() + (since >= 0 ? 1.8 : 0),
  },
  {
    name: 'spikes',
    readings: 4000,
    minutes: 5,
    at: [0.4, 0.8],
    value: ({ random, since }) => 50 + 3 * random.normal() + (since === 0 ? 40 : 0),
  },
  {
    name: 'noisier',
    readings: 4000,
    minutes: 5,
    at: [0.7],
    value: ({ random, since }) => 50 + (within(since, 200) ? 4 : 1) * random.normal(),
  },
  {
    name: 'stuck',
    readings: 4000,
    minutes: 5,
    at: [0.7],
    value: ({ random, since, memory }) =>
      (memory.level = within(since, 150) ? memory.level : 50 + random.normal()),
  },
  {
    name: 'drift',
    readings: 4000,
    minutes: 5,
    at: [0.6],
    value: ({ random, since }) => 50 + random.normal() + (since >= 0 ? Math.min(since * 0.03, 10) : 0),
  },
  {
    name: 'office-day-missing',
    readings: 4032,
    minutes: 5,
    at: [0.745],
    value: ({ minute, random, since }) =>
      (office(minute) && !within(since, 288) ? 80 : 20) + 4 * random.uniform(),
  },
  {
    name: 'office-day-lower',
    readings: 4032,
    minutes: 5,
    at: [0.745],
    value: ({ minute, random, since }) =>
      (office(minute) ? (within(since, 288) ? 40 : 80) : 20) + 4 * random.uniform(),
  },
  {
    name: 'day-phase',
    readings: 4032,
    minutes: 5,
    at: [0.75],
    value: ({ minute, random, since }) =>
      20 + 8 * dayWave(minute + (within(since, 288) ? 360 : 0)) + random.normal(),
  },
  {
    name: 'demand-holidays',
    readings: 10_000,
    minutes: 30,
    at: [0.5, 0.65, 0.85],
    value: ({ minute, random, since }) =>
      demand(minute) * (1 + 0.08 * random.normal()) * (within(since, 48) ? 0.55 : 1),
  },
  {
    name: 'demand-surge',
    readings: 10_000,
    minutes: 30,
    at: [0.5, 0.8],
    value: ({ minute, random, since }) =>
      demand(minute) * (1 + 0.08 * random.normal()) + (within(since, 8) ? 14_000 : 0),
  },
  {
    name: 'machine',
    readings: 20_000,
    minutes: 5,
    at: [0.3, 0.6, 0.9],
    value: ({ random, memory, since }) =>
      85 +
      wander(memory, random, 0.003, 0.5) +
      0.7 * random.normal() -
      (within(since, 60) ? Math.min(since, 60 - since) * 1.5 : 0),
  },
  {
    name: 'office-temperature',
    readings: 7000,
    minutes: 60,
    at: [0.5, 0.85],
    value: ({ minute, random, memory, since }) =>
      71 +
      2 * dayWave(minute) +
      wander(memory, random, 0.02, 0.5) +
      0.5 * random.normal() -
      (within(since, 60) ? 9 : 0),
  },
  {
    name: 'latency',
    readings: 4032,
    minutes: 5,
    at: [0.5, 0.8],
    value: ({ random, since }) =>
      40 + 4 * random.normal() + 3 * heavy(random, 0.35) + (within(since, 3) ? 55 : 0),
  },
  {
    name: 'processor',
    readings: 4032,
    minutes: 5,
    at: [0.7],
    value: ({ random, since }) =>
      Math.min(
        100,
        (random.uniform() < 0.02 ? 15 + 10 * random.uniform() : 3) +
          0.4 * random.normal() +
          (since >= 0 ? 12 : 0),
      ),
  },
  {
    name: 'processor-bursts',
    readings: 4032,
    minutes: 5,
    at: [0.6],
    value: ({ index, random, since }) =>
      (index % 12 === 0 ? 30 : 2) + random.uniform() + (within(since, 100) && index % 3 === 0 ? 30 : 0),
  },
  {
    name: 'traffic',
    readings: 2500,
    minutes: 10,
    at: [0.55, 0.8],
    value: ({ minute, random, since }) =>
      65 - 20 * Math.max(dayWave(minute), 0) ** 4 + 3 * random.normal() - (within(since, 12) ? 35 : 0),
  },
  {
    name: 'quantised',
    readings: 4000,
    minutes: 5,
    at: [0.7],
    value: ({ random, since }) => Math.round(21 + 0.4 * random.normal() + (within(since, 100) ? 3 : 0)),
  },
  { name: 'constant', readings: 4000, minutes: 5, at: [0.6], value: ({ since }) => (since >= 0 ? 1 : 0) },
  {
    name: 'sparse',
    readings: 4000,
    minutes: 5,
    at: [0.7],
    value: ({ random, since }) =>
      random.uniform() < (within(since, 100) ? 0.4 : 0.01) ? Math.ceil(5 * random.uniform()) : 0,
  },
  {
    name: 'gaps',
    readings: 5000,
    minutes: 5,
    at: [0.77],
    value: ({ minute, random, since }) =>
      20 + 8 * dayWave(minute) + random.normal() + (within(since, 20) ? 12 : 0),
    missing: ({ index }) => Math.floor(index / 250) % 4 === 2 || index % 7 === 3,
  },
  {
    name: 'bursts-nothing',
    readings: 4032,
    minutes: 5,
    at: [],
    value: ({ random, memory }) => Math.exp(wander(memory, random, 0.05, 0.3) + 0.4 * random.normal()),
  },
  {
    name: 'bursts',
    readings: 4032,
    minutes: 5,
    at: [0.7],
    value: ({ random, memory, since }) =>
      Math.exp(wander(memory, random, 0.05, 0.3) + 0.4 * random.normal() + (within(since, 80) ? 3.5 : 0)),
  },
  {
    name: 'states-nothing',
    readings: 8000,
    minutes: 5,
    at: [],
    value: ({ random, memory }) => {
      if (random.uniform() < 0.004) memory.level = 10 * random.normal();
      return 70 + memory.level + random.normal();
    },
  },
  {
    name: 'states',
    readings: 8000,
    minutes: 5,
    at: [0.5, 0.8],
    value: ({ random, memory, since }) => {
      if (random.uniform() < 0.004) memory.level = 10 * random.normal();
      return 70 + memory.level + random.normal() - (within(since, 40) ? 60 : 0);
    },
  },
  {
    name: 'wild-nothing',
    readings: 6000,
    minutes: 5,
    at: [],
    value: ({ random, memory }) => 30 + wander(memory, random, 0.01, 0.5) + wild(random),
  },
  {
    name: 'wild',
    readings: 6000,
    minutes: 5,
    at: [0.6, 0.85],
    value: ({ random, memory, since }) =>
      30 + wander(memory, random, 0.01, 0.5) + wild(random) + (within(since, 50) ? 25 : 0),
  },
  {
    name: 'day-wandering-nothing',
    readings: 7000,
    minutes: 60,
    at: [],
    value: ({ minute, random, memory }) =>
      71 + 2 * dayWave(minute) + wander(memory, random, 0.01, 0.6) + wild(random) * 0.3,
  },
  {
    name: 'processor-states',
    readings: 4032,
    minutes: 5,
    at: [0.5, 0.8],
    value: ({ index, random, memory, since }) => {
      if (random.uniform() < 0.01) memory.level = 10 * random.uniform();
      return Math.min(
        100,
        35 +
          memory.level +
          2 * Math.abs(wild(random)) +
          (index % 48 < 2 ? 12 : 0) +
          (within(since, 30) ? 30 : 0),
      );
    },
  },
];
