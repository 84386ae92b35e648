/** `OperatorMSP` or `operator` -> `Operator`: as people say it. */
export function organisationName(org: string): string {
  const name = org.replace(/MSP$/, '');
  return name.charAt(0).toUpperCase() + name.slice(1);
}
