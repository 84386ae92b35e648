import { BiotError } from './errors.ts';
import { type TwinReport, twinReportSchema } from './twin.ts';

/** With the largest properties: the text around them is small. */
export const MAX_REPORT_BYTES = 9 * 1024;

/** @throws BiotError MESSAGE_TOO_LARGE or MESSAGE_MALFORMED */
export function decodeReport(payload: Uint8Array): TwinReport {
  if (payload.length > MAX_REPORT_BYTES)
    throw new BiotError('MESSAGE_TOO_LARGE', `a report has at most ${MAX_REPORT_BYTES} bytes`);
  const report = twinReportSchema.safeParse(parseJson(payload));
  if (report.success) return report.data;
  const [issue] = report.error.issues;
  const what = [...(issue?.path ?? []).map(String), issue?.message ?? 'invalid'].join(': ');
  throw new BiotError('MESSAGE_MALFORMED', `not a report of a twin: ${what}`, { cause: report.error });
}

function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(payload));
  } catch (cause) {
    throw new BiotError('MESSAGE_MALFORMED', 'not a report of a twin: not JSON', { cause });
  }
}
