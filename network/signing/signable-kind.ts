import type { Action } from '../../chaincode/protocol/policy/actions.ts';
import type { Parameter } from './parameters.ts';

/** One kind of change on the ledger. */
export interface Signable {
  /** How people name it: `device revoke`. */
  readonly name: string;
  readonly channel: 'registry' | 'anchors';
  readonly contract: string;
  readonly method: string;
  /** In the order in which the contract takes them. */
  readonly parameters: readonly Parameter[];
  /** What the policy calls it. */
  readonly permission: Action;
  /** What it does, said to whoever is about to sign it. */
  readonly effect: string;
  /** Whether it takes a code, which is no argument: arguments are in the block, for all to read. */
  readonly takesCode?: true;
  /** Fields of the contract's result that the arguments do not say: to be seen before the last signature. */
  readonly shows?: readonly string[];
}
