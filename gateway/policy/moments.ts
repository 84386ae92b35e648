/** When it has to be asked what a change of rules would change: rules that name times decide otherwise at others. */
import { DAY_MS, timeOfDay } from '../../chaincode/protocol/policy/matching.ts';
import type { Rule } from '../../chaincode/protocol/policy/rule.ts';

/** Each multiplies the questions. */
const MOST_MOMENTS = 12;

export interface Moments {
  /** In their order, all after now; milliseconds since the Unix epoch. */
  moments: number[];
  /** Whether there were more. */
  cut: boolean;
}

/**
 * The first moment of each span of time in which the rules decide alike: between two of them, none begins or ends to
 * apply that has not done so at one of them before.
 *
 * @param rules those first whose moments matter most, when there are too many
 */
export function momentsOf(rules: readonly Rule[], now: number, most = MOST_MOMENTS): Moments {
  const edges = rules
    .flatMap(({ when: { from, until } }) => [from, until])
    .flatMap((edge) => (edge === undefined ? [] : Date.parse(edge)))
    .filter((edge) => edge > now);
  const times = rules
    .flatMap(({ when: { daily } }) => (daily === undefined ? [] : [daily.from, daily.to]))
    .map(timeOfDay);
  const days = [now, ...edges].flatMap((day) => times.map((time) => nextTimeOfDay(day, time)));
  const all = [...new Set([...edges, ...days])].filter((moment) => moment > now);
  return {
    moments: all.slice(0, most).sort((left, right) => left - right),
    cut: all.length > most,
  };
}

/** The first instant from the given one on that is as long after midnight, UTC. */
function nextTimeOfDay(instant: number, time: number): number {
  return instant + ((((time - instant) % DAY_MS) + DAY_MS) % DAY_MS);
}
