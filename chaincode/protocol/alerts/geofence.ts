/** How far outside of a fence a place is. */
import type { Circle, ConditionOf, Corner } from './condition.ts';

/** The mean radius of the Earth (IUGG). */
const EARTH_METRES = 6_371_008.8;

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** The great circle's length between two places, by the haversine formula. */
function distance([latitude, longitude]: Corner, [otherLatitude, otherLongitude]: Corner): number {
  const north = Math.sin(radians(otherLatitude - latitude) / 2);
  const east = Math.sin(radians(otherLongitude - longitude) / 2);
  const chord = north * north + Math.cos(radians(latitude)) * Math.cos(radians(otherLatitude)) * east * east;
  return 2 * EARTH_METRES * Math.asin(Math.min(1, Math.sqrt(chord)));
}

/** By the even-odd rule: a ray to the east crosses the border an odd number of times. */
function isInside(corners: readonly Corner[], [latitude, longitude]: Corner): boolean {
  let inside = false;
  corners.forEach(([fromLatitude, fromLongitude], index) => {
    const [toLatitude, toLongitude] = corners[(index + 1) % corners.length] ?? [fromLatitude, fromLongitude];
    if (fromLatitude > latitude === toLatitude > latitude) return;
    const share = (latitude - fromLatitude) / (toLatitude - fromLatitude);
    if (longitude < fromLongitude + share * (toLongitude - fromLongitude)) inside = !inside;
  });
  return inside;
}

const beyondCircle = ({ latitude, longitude, radiusMetres }: Circle, place: Corner): number =>
  distance([latitude, longitude], place) - radiusMetres;

/** Metres outside of a circle, less than 0 inside; of a polygon 1 outside and -1 inside. */
export function metresOutside({ fence }: ConditionOf<'geofence'>, place: Corner): number {
  if (fence.shape === 'circle') return beyondCircle(fence, place);
  return isInside(fence.corners, place) ? -1 : 1;
}

/** Twice the area of a triangle in square degrees: above 0 if its corners run against the clock, with the east to the right. */
function turn(first: Corner, second: Corner, third: Corner): number {
  return (second[1] - first[1]) * (third[0] - first[0]) - (second[0] - first[0]) * (third[1] - first[1]);
}

type Side = readonly [from: Corner, to: Corner];

/** Whether they have a point in common that is within both. */
function cross([from, to]: Side, [otherFrom, otherTo]: Side): boolean {
  return (
    turn(from, to, otherFrom) * turn(from, to, otherTo) < 0 &&
    turn(otherFrom, otherTo, from) * turn(otherFrom, otherTo, to) < 0
  );
}

/** Whether a polygon's sides cross: then the even-odd rule takes some of what it goes around for outside. */
export function sidesCross(corners: readonly Corner[]): boolean {
  const sides = corners.map((corner, index): Side => [
    corner,
    corners[(index + 1) % corners.length] ?? corner,
  ]);
  return sides.some((side, index) => sides.slice(index + 1).some((other) => cross(side, other)));
}
