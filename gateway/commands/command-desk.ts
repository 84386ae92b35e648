import type { CommandDraft, IssueOutcome } from '../../chaincode/protocol/command/command.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Session } from '../auth/sessions.ts';
import { Refusal } from '../http/problem.ts';
import { type Issued, issueTogether } from './issue-together.ts';
import { nextLoad, type Waiting } from './load.ts';

export interface CommandDeskOptions {
  /** Milliseconds for which the first draft waits for others. */
  readonly gatherMs?: number;
  /** Drafts that may wait, of one member and of all. */
  readonly mostWaiting?: number;
  readonly mostWaitingOfAll?: number;
}

const GATHER_MS = 10;
/** Transactions of one member on their way to the ledger: while one is ordered, the next is endorsed. */
const MOST_UNDER_WAY = 2;
const MOST_WAITING = 500;
const MOST_WAITING_OF_ALL = 2_000;

/** What one member has brought. */
interface Tray {
  readonly waiting: Waiting[];
  underWay: number;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Takes commands one by one and puts those of a member that come at about the same time into one transaction, which costs
 * little more than one of a single command. Each caller hears of his own command alone. Members do not wait for each other.
 */
export class CommandDesk {
  readonly #options: Required<CommandDeskOptions>;
  readonly #trays = new Map<string, Tray>();
  #waiting = 0;

  constructor({
    gatherMs = GATHER_MS,
    mostWaiting = MOST_WAITING,
    mostWaitingOfAll = MOST_WAITING_OF_ALL,
  }: CommandDeskOptions = {}) {
    this.#options = { gatherMs, mostWaiting, mostWaitingOfAll };
  }

  /** Commands that wait for a transaction. */
  get waiting(): number {
    return this.#waiting;
  }

  /** @throws BiotError as the contract refuses it, RATE_LIMITED when too many wait, LedgerError */
  issue(session: Pick<Session, 'member' | 'commands'>, draft: CommandDraft): Promise<Issued> {
    const { name } = session.member;
    const tray = this.#trays.get(name) ?? { waiting: [], underWay: 0, timer: undefined };
    const { mostWaiting, mostWaitingOfAll } = this.#options;
    if (tray.waiting.length >= mostWaiting || this.#waiting >= mostWaitingOfAll) throw tooMany();
    this.#trays.set(name, tray);
    const { promise, resolve, reject } = Promise.withResolvers<Issued>();
    tray.waiting.push({ ledger: session.commands, draft, resolve, reject });
    this.#waiting += 1;
    tray.timer ??= setTimeout(() => {
      tray.timer = undefined;
      this.#send(name, tray);
    }, this.#options.gatherMs);
    return promise;
  }

  #send(name: string, tray: Tray): void {
    while (tray.underWay < MOST_UNDER_WAY && tray.waiting.length > 0) {
      const load = nextLoad(tray.waiting);
      this.#waiting -= load.length;
      tray.underWay += 1;
      void deliver(load).finally(() => {
        tray.underWay -= 1;
        // Those that came meanwhile have waited long enough, unless they are still being gathered.
        if (tray.timer === undefined) this.#send(name, tray);
        if (isDone(tray)) this.#trays.delete(name);
      });
    }
  }
}

function isDone({ waiting, underWay, timer }: Tray): boolean {
  return waiting.length === 0 && underWay === 0 && timer === undefined;
}

/** Tells each of the callers what became of his command, or why none of them is known to be on the ledger. */
async function deliver(load: readonly Waiting[]): Promise<void> {
  const [first] = load;
  if (first === undefined) return;
  try {
    const drafts = load.map(({ draft }) => draft);
    const { outcomes, block } = await issueTogether(first.ledger, drafts);
    for (const [place, caller] of load.entries()) answer(caller, outcomes[place], block);
  } catch (error) {
    for (const { reject } of load) reject(error);
  }
}

function answer({ resolve, reject }: Waiting, outcome: IssueOutcome | undefined, block: number): void {
  if (outcome === undefined) reject(new BiotError('INTERNAL', 'the contract said nothing of this command'));
  else if ('command' in outcome) resolve({ command: outcome.command, block });
  else reject(new BiotError(outcome.problem.code, outcome.problem.message));
}

function tooMany(): Refusal {
  return new Refusal('RATE_LIMITED', 'too many commands wait to be written: try again in a second', {
    headers: { 'Retry-After': '1' },
  });
}
