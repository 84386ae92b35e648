/** `OperatorMSP` or `operator` -> `Operator`: as people say it. */
export function organisationName(org: string): string {
  const name = org.replace(/MSP$/, '');
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** Each of them once, to choose from. */
export function organisationOptions(orgs: Iterable<string>): { value: string; label: string }[] {
  return [...new Set(orgs)].sort().map((value) => ({ value, label: organisationName(value) }));
}
