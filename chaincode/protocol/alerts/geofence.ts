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
