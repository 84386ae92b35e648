/**
 * Orders versions of the form `major.minor.patch` number by number: as texts, 1.10.0 would come before 1.9.0.
 *
 * @returns less than 0 when the left one is older, 0 when they are the same, more than 0 when it is newer
 */
export function compareVersions(left: string, right: string): number {
  const others = right.split('.').map(Number);
  for (const [index, part] of left.split('.').map(Number).entries()) {
    const difference = part - (others[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export function isAtLeast(version: string, least: string): boolean {
  return compareVersions(version, least) >= 0;
}
