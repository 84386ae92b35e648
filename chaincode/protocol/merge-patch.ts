import { isJsonObject } from './json-bounds.ts';

/**
 * A JSON value after a merge patch (RFC 7396): what the patch names takes the place of what was there, object by object, and
 * null takes away. Neither is changed. As deep as the patch is, so deep it calls itself: bound that before.
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  // No property is ever set by its name, so `__proto__` is a name like any other.
  const merged = new Map(Object.entries(isJsonObject(target) ? target : {}));
  for (const [name, value] of Object.entries(patch))
    if (value === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), value));
  return Object.fromEntries(merged);
}
