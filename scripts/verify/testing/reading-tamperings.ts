import { type PlacedReading, telemetryId } from '../stored.ts';
import type { Tampering } from './picker.ts';

function changeReading(change: (reading: PlacedReading) => Partial<PlacedReading>): Tampering {
  return ({ tables }, pick) => {
    const reading = pick.from(tables.readings);
    Object.assign(reading, change(reading));
    return [`changed telemetry ${telemetryId(reading)}`];
  };
}

function contentOf(reading: PlacedReading): Partial<PlacedReading> {
  const { tenant, device, epoch, seq, ts, sensor, value } = reading;
  return { tenant, device, epoch, seq, ts, sensor, value };
}

/** What a forger does to rows of `telemetry`. */
export const readingTamperings: Record<string, Tampering> = {
  'a value': changeReading(({ value }) => ({ value: value + 1e-9 })),
  'a device id': changeReading(() => ({ device: 'press-9' })),
  'a tenant': changeReading(() => ({ tenant: 'evil' })),
  'an epoch': changeReading(() => ({ epoch: 2 })),
  'a sequence number': changeReading(({ seq }) => ({ seq: seq + 1000 })),
  'a sequence number beyond 2^53': changeReading(() => ({ seq: 2 ** 60 })),
  'an instant': changeReading(({ ts }) => ({ ts: ts + 1 })),
  'an instant before 1970': changeReading(() => ({ ts: -1 })),
  'a sensor': changeReading(() => ({ sensor: 'noise' })),
  'a text that is no name': changeReading(() => ({ device: 'ü'.repeat(70_000) })),

  'a row deleted': ({ tables }, pick) => {
    const reading = pick.remove(tables.readings);
    return [`missing telemetry ${telemetryId(reading)}`];
  },
  'a message deleted': ({ tables }, pick) => {
    const { batch, leaf } = pick.from(tables.readings);
    const gone = tables.readings.filter((reading) => reading.batch === batch && reading.leaf === leaf);
    tables.readings = tables.readings.filter((reading) => !gone.includes(reading));
    return gone.map((reading) => `missing telemetry ${telemetryId(reading)}`);
  },
  'a row added behind a batch': ({ tables }, pick) => {
    const row = { ...pick.from(tables.readings), leaf: 9000, slot: 0, value: 1e6 };
    tables.readings.push(row);
    return [`added telemetry ${telemetryId(row)}`];
  },
  'a row added in no batch': ({ tables }, pick) => {
    const row = { ...pick.from(tables.readings), batch: pick.from([0, 5000]), value: 1e6 };
    tables.readings.push(row);
    return [`added telemetry ${telemetryId(row)}`];
  },
  'a row added in a message': ({ tables }, pick) => {
    const row = { ...pick.from(tables.readings), slot: 40, sensor: 'noise', value: 1e6 };
    tables.readings.push(row);
    return [`added telemetry ${telemetryId(row)}`];
  },
  'a row added under an id that is taken': ({ tables }, pick) => {
    const original = pick.from(tables.readings);
    const row = { ...original, ts: original.ts + pick.from([-5, 5]) };
    tables.readings.push(row);
    return [`added telemetry ${telemetryId(row)}`];
  },
  'a row changed, and two added under its id': ({ tables }, pick) => {
    const original = pick.from(tables.readings);
    const strangers = [-5, 5].map((milliseconds) => ({ ...original, ts: original.ts + milliseconds }));
    tables.readings.push(...strangers);
    original.value = 1e6;
    const id = telemetryId(original);
    return [`changed telemetry ${id}`, `added telemetry ${id}`, `added telemetry ${id}`];
  },
  'a row copied': ({ tables }, pick) => {
    const row = { ...pick.from(tables.readings), leaf: 9000, slot: 0 };
    tables.readings.push(row);
    return [`added telemetry ${telemetryId(row)}`];
  },
  'two rows swapped, anywhere': ({ tables }, pick) => {
    const [left, right] = pick.two(tables.readings);
    if (left === right) return undefined;
    const content = contentOf(left);
    Object.assign(left, contentOf(right));
    Object.assign(right, content);
    return [left, right].map((reading) => `reordered telemetry ${telemetryId(reading)}`);
  },
  'a row moved': ({ tables }, pick) => {
    const reading = pick.from(tables.readings);
    Object.assign(reading, pick.from([{ batch: 5000 }, { leaf: 9000 }, { slot: 50 }]));
    return [`reordered telemetry ${telemetryId(reading)}`];
  },
  'a row overwritten with a deleted one': ({ tables }, pick) => {
    const [victim, gone] = pick.two(tables.readings);
    if (victim === gone) return undefined;
    tables.readings = tables.readings.filter((reading) => reading !== gone);
    Object.assign(victim, contentOf(gone));
    return [`reordered telemetry ${telemetryId(victim)}`, `missing telemetry ${telemetryId(victim)}`];
  },
  'two leaves swapped': ({ tables }, pick) => {
    const { batch } = pick.from(tables.readings);
    const rows = tables.readings.filter((reading) => reading.batch === batch);
    const [left, right] = pick.two([...new Set(rows.map(({ leaf }) => leaf))]);
    if (left === right) return undefined;
    const moved = rows.filter(({ leaf }) => leaf === left || leaf === right);
    for (const reading of moved) reading.leaf = reading.leaf === left ? right : left;
    return moved.map((reading) => `reordered telemetry ${telemetryId(reading)}`);
  },
};
