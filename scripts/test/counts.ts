export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

export const NONE: Counts = { passed: 0, failed: 0 };

export function plus(one: Counts, other: Counts): Counts {
  return { passed: one.passed + other.passed, failed: one.failed + other.failed };
}

/** What a test runner wrote. A run that broke off counts as failed, whatever had passed by then. */
export function countsOf(json: string, code: number): Counts {
  const parsed: unknown = JSON.parse(json);
  if (typeof parsed !== 'object' || parsed === null || !('passed' in parsed) || !('failed' in parsed))
    return { passed: 0, failed: 1 };
  const { passed, failed } = parsed;
  const whole = typeof passed === 'number' && typeof failed === 'number' && (failed > 0 || code === 0);
  return whole ? { passed, failed } : { passed: 0, failed: 1 };
}
