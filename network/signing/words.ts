/** Says what a proposal does, from the proposal itself: what stands here is what is signed. */
import { z } from 'zod';

import { signableOf } from './actions.ts';
import { PARAMETERS } from './parameters.ts';
import type { Proposal } from './proposal.ts';
import type { EndorsedTransaction } from './transaction.ts';

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
  const code =
    action.code === undefined ? [] : [{ what: 'the code, which no block will have', value: action.code }];
  return {
    name,
    effect,
    details: [
      ...parameters.map((parameter, index) => ({
        what: PARAMETERS[parameter].what,
        value: laidOut(action.arguments[index] ?? ''),
      })),
      ...code,
    ],
    instant: new Date(time.seconds * 1000 + Math.floor(time.nanoseconds / 1_000_000)),
  };
}

/**
 * What the peers have computed, where the arguments do not say it, such as what a proposal changes. The last signature
 * covers it together with the peers' own: were it not what they computed, the transaction would have no effect. So here,
 * and not before, a gateway cannot lie about it.
 */
export function resultInWords({ proposal, result }: EndorsedTransaction): Words | undefined {
  const { shows } = signableOf(proposal.action);
  if (shows === undefined) return undefined;
  const fields = z.record(z.string(), z.unknown()).parse(JSON.parse(result));
  const details = shows.map((field) => ({ what: field, value: shown(fields[field]) }));
  return { ...inWords(proposal), details };
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null, null, 2);
}

function laidOut(text: string): string {
  if (!/^[[{]/.test(text)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
