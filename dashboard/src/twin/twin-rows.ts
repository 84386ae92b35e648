import type { Twin } from '../api/types.ts';

type Properties = Twin['delta'];

/** A property of a twin, on both sides. */
export interface TwinRow {
  /** Unique: names of the objects around it, with its own, as people write such ways: `led.red`. */
  readonly name: string;
  /** As JSON; undefined where it is not desired. */
  readonly desired: string | undefined;
  /** As JSON; undefined where it is not reported. */
  readonly reported: string | undefined;
  /** Desired, and not reported so. */
  readonly differs: boolean;
}

/** All that is desired or reported, in the order in which it was written; the gateway says what of it differs. */
export function twinRows({ desired, reported, delta }: Twin): TwinRow[] {
  return rowsWithin('', { desired: desired.properties, reported: reported.properties, delta });
}

interface Sides {
  readonly desired: Properties;
  readonly reported: Properties;
  readonly delta: Properties;
}

/** Twins are nested no deeper than their schema lets them: so this calls itself a few times at most. */
function rowsWithin(way: string, sides: Sides): TwinRow[] {
  const names = new Set([...Object.keys(sides.desired), ...Object.keys(sides.reported)]);
  return [...names].flatMap((each) => {
    const name = way + nameText(each);
    const [desired, reported] = [own(sides.desired, each), own(sides.reported, each)];
    if (opens(desired, reported))
      return rowsWithin(`${name}.`, {
        desired: objectOf(desired),
        reported: objectOf(reported),
        delta: objectOf(own(sides.delta, each)),
      });
    const differs = Object.hasOwn(sides.delta, each);
    return [{ name, desired: jsonText(desired), reported: jsonText(reported), differs }];
  });
}

function own(properties: Properties, name: string): unknown {
  return Object.hasOwn(properties, name) ? properties[name] : undefined;
}

/** Whether there is something within to be told line by line: an object on one side, and no other thing on the other. */
function opens(desired: unknown, reported: unknown): boolean {
  const sides = [desired, reported].filter((side) => side !== undefined);
  return sides.every(isObject) && sides.some((side) => Object.keys(side).length > 0);
}

function isObject(value: unknown): value is Properties {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectOf(value: unknown): Properties {
  return isObject(value) ? value : {};
}

/** A name that could be taken for several, or for none, stands in quotes. */
function nameText(name: string): string {
  return /^[^\s."]+$/.test(name) ? name : JSON.stringify(name);
}

function jsonText(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}
