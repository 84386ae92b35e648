import type { ConditionOf } from '../alerts/condition.ts';
import type { Observation, Surprising } from '../alerts/evaluation.ts';
import type { Detector } from './detector.ts';

/** What a detector says of a message to a rule of anomalies; undefined while it does not know yet. */
export function surprising(
  detector: Pick<Detector, 'observe'>,
  { sensor }: Pick<ConditionOf<'anomaly'>, 'sensor'>,
  { ts, value }: Observation,
): Surprising | undefined {
  const reading = value(sensor);
  if (reading === undefined) return undefined;
  const { ready, score, reason, explanation } = detector.observe(ts, reading);
  if (!ready) return undefined;
  return explanation === null
    ? { standing: 'over' }
    : { standing: 'met', explanation: { score, reason, ...explanation } };
}
