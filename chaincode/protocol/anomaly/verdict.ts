/**
 * In what way readings can be unusual: a single one (`spike`), one beyond all that there was (`extreme`), the last ones
 * together (`level shift`, `drift` when it took longer, `seasonal break` when it is about what is usual at that time), or
 * how much they differ from each other (more: `noise`, less: `flat`).
 */
export const ANOMALY_REASONS = [
  'spike',
  'extreme',
  'level shift',
  'drift',
  'seasonal break',
  'noise',
  'flat',
] as const;
export type AnomalyReason = (typeof ANOMALY_REASONS)[number];

/** What was compared: the reading, the mean of the last readings, or the mean step from one to the next. */
export type Measured = 'value' | 'mean' | 'spread';

/** What a detector says about one reading. */
export interface AnomalyVerdict {
  /** 0 (usual) to 1: d / (d + 4.5) for a reading that is rare by d decades, so 0.5 is one in some 30,000. */
  readonly score: number;
  /** A new anomaly begins here; false for the readings that belong to the same one. */
  readonly anomalous: boolean;
  /** The anomaly that began last has not ended: its readings are too close to each other. */
  readonly ongoing: boolean;
  /** False while too little is known; the score is 0 then. */
  readonly ready: boolean;
  /** Null unless the score reaches the threshold. */
  readonly reason: AnomalyReason | null;
  /** Null for a usual reading, of which there is nothing to explain. */
  readonly explanation: AnomalyExplanation | null;
}

/** What was expected, and what came. */
export interface AnomalyExplanation {
  readonly measured: Measured;
  readonly came: number;
  readonly expected: number;
  /** Outside of these the score reaches the threshold. */
  readonly low: number;
  readonly high: number;
}
