import { BiotError, type ErrorCode } from '../../chaincode/protocol/errors.ts';

export interface Patience {
  readonly sleep: (ms: number) => Promise<unknown>;
  /** Does nobody wait for it any more? Then what failed is not tried again. */
  readonly over: () => boolean;
}

const ATTEMPTS = 6;
const FIRST_PAUSE_MS = 250;

/** Nothing was changed, or nobody knows: the same is sent again, as the contract takes each device only once. */
const PASSING: readonly ErrorCode[] = [
  'LEDGER_UNAVAILABLE',
  'LEDGER_TIMEOUT',
  'LEDGER_ENDORSE_FAILED',
  'LEDGER_EVALUATE_FAILED',
  'LEDGER_SUBMIT_FAILED',
  'LEDGER_COMMIT_UNKNOWN',
  'LEDGER_COMMIT_INVALID',
];

/** Asks the ledger again, for some seconds, when it is briefly away. @throws what the last attempt ended in */
export async function patiently<Result>(
  attemptOnce: () => Promise<Result>,
  { sleep, over }: Patience,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptOnce();
    } catch (error) {
      if (attempt === ATTEMPTS || over() || !isPassing(error)) throw error;
      await sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1));
    }
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof BiotError && PASSING.includes(error.code);
}
