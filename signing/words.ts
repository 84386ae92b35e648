/** Says what a proposal does, from the proposal itself: what stands here is what is signed. */
import { PARAMETERS, signableOf } from './actions.ts';
import type { Proposal } from './proposal.ts';

export interface Words {
  /** `device revoke` */
  readonly name: string;
  /** What it does to whom. */
  readonly effect: string;
  /** Each argument with what it means. JSON is laid out in lines. */
  readonly details: readonly { readonly what: string; readonly value: string }[];
  /** When the proposal says it was made. */
  readonly instant: Date;
}

export function inWords({ action, time }: Proposal): Words {
  const { name, effect, parameters } = signableOf(action);
  return {
    name,
    effect,
    details: parameters.map((parameter, index) => ({
      what: PARAMETERS[parameter].what,
      value: laidOut(action.arguments[index] ?? ''),
    })),
    instant: new Date(time.seconds * 1000 + Math.floor(time.nanoseconds / 1_000_000)),
  };
}

function laidOut(text: string): string {
  if (!/^[[{]/.test(text)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
