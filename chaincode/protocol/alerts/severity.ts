import { z } from 'zod';

/** The worst first. `indeterminate` is for what happened once, and whose weight a person has to judge. */
export const SEVERITIES = ['critical', 'major', 'minor', 'warning', 'indeterminate'] as const;
export const severitySchema = z.enum(SEVERITIES).meta({ id: 'Severity' });
export type Severity = z.infer<typeof severitySchema>;

export function isWorse(severity: Severity, than: Severity): boolean {
  return SEVERITIES.indexOf(severity) < SEVERITIES.indexOf(than);
}
