/** Compares versions of the form `major.minor.patch` number by number: as texts, 1.10.0 would come before 1.9.0. */
export function isAtLeast(version: string, least: string): boolean {
  const wanted = least.split('.').map(Number);
  for (const [index, part] of version.split('.').map(Number).entries()) {
    const difference = part - (wanted[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
