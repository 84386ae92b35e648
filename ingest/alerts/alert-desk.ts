import type { AlertNews } from '../../chaincode/protocol/alerts/alert.ts';
import { isIdle } from '../../chaincode/protocol/alerts/evaluation.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { StoredAlert } from '../../sql/queries/alerts.ts';
import type { Queryable } from '../../sql/query.ts';
import type { Transact } from '../../sql/transaction.ts';
import { countAlert, raiseAlert, type RaisedAlert, takeStep } from '../../sql/writers/alert-life.ts';
import { forgetRuleStates, putAlertProgress, putRuleStates } from '../../sql/writers/alert-states.ts';
import type { Act, Memories, Memory, Waiting } from './memories.ts';

export interface AlertDeskParts {
  /** The log whose batches are looked at; also the name under which alerts are cleared and escalated. */
  readonly logId: string;
  readonly transact: Transact;
  readonly tell: (news: AlertNews) => void;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}

type Raising = Omit<Extract<Act, { kind: 'raised' }>, 'kind'>;

/** One transaction: alerts, their timelines, what rules remember, and how far they have looked, all or nothing. */
class Writing {
  readonly #parts: AlertDeskParts;
  readonly #transaction: Queryable;
  /** Which alert of a memory is active now; a memory takes it over once all is committed. */
  readonly alerts = new Map<Memory, bigint | null>();
  readonly news: AlertNews[] = [];

  constructor(parts: AlertDeskParts, transaction: Queryable) {
    this.#parts = parts;
    this.#transaction = transaction;
  }

  async write({ acts, counted, changed }: Waiting, next: number): Promise<void> {
    for (const act of acts) {
      if (act.kind === 'raised') await this.#raise(act);
      else await this.#clear(act);
    }
    for (const [memory, again] of counted) await this.#count(memory, again);
    const memories = [...new Set([...changed, ...this.alerts.keys()])];
    const [idle, busy] = [
      memories.filter(isForgettable),
      memories.filter((memory) => !isForgettable(memory)),
    ];
    await forgetRuleStates(this.#transaction, idle);
    await putRuleStates(
      this.#transaction,
      busy.map((memory) => ({ ...memory, alert: this.#alertOf(memory) })),
    );
    await putAlertProgress(this.#transaction, this.#parts.logId, next);
  }

  #alertOf(memory: Memory): bigint | null {
    const written = this.alerts.get(memory);
    return written === undefined ? memory.alert : written;
  }

  async #raise({ memory, rule, tenant, value, at, explanation }: Raising): Promise<void> {
    const { definition, version } = rule;
    const { id, severity, description, condition, escalation } = definition;
    const now = this.#parts.now();
    const alert: RaisedAlert = {
      device: memory.device,
      tenant,
      rule: { id, version },
      type: condition.kind,
      severity,
      value,
      at,
      escalation: escalation && { at: now + escalation.afterSeconds * 1000, to: escalation.to },
      details: { description, at, ...explanation },
      createdAt: now,
    };
    const alertId = await raiseAlert(this.#transaction, alert);
    this.alerts.set(memory, alertId);
    const { device, type } = alert;
    this.news.push({ id: alertId.toString(), device, tenant, type, severity, step: 'raise', at: now });
  }

  async #clear({ memory, again, details }: Extract<Act, { kind: 'cleared' }>): Promise<void> {
    const id = this.#alertOf(memory);
    this.alerts.set(memory, null);
    // One that a person has cleared, or that retention has dropped, needs no end.
    if (id === null || (again !== undefined && !(await countAlert(this.#transaction, id, again)))) return;
    const { logId, now } = this.#parts;
    const cleared = await ifPossible(
      takeStep(this.#transaction, {
        ...{ id, tenants: '*', step: { kind: 'clear' }, now: now() },
        ...{ author: logId, details: { rule: memory.rule, ...details } },
      }),
    );
    if (cleared !== undefined) this.news.push(...newsOf(cleared, 'clear', now()));
  }

  /** A person may have cleared the alert although its rule is still met: that is another alert, not silence. */
  async #count(memory: Memory, again: Omit<Raising, 'memory'> & { times: number }): Promise<void> {
    const id = this.#alertOf(memory);
    if (id === null || !(await countAlert(this.#transaction, id, again)))
      await this.#raise({ memory, ...again });
  }
}

/** Keeps alerts in the database as the rules have them. */
export class AlertDesk {
  readonly #parts: AlertDeskParts;

  constructor(parts: AlertDeskParts) {
    this.#parts = parts;
  }

  /**
   * Writes what waits, and that batches before number `next` were looked at. No memory may change meanwhile.
   *
   * @throws BiotError DATABASE_UNAVAILABLE or INTERNAL, and everything waits on
   */
  async flush(memories: Memories, next: number): Promise<void> {
    const taken = memories.take();
    const written = await this.#parts
      .transact(async (transaction) => {
        const writing = new Writing(this.#parts, transaction);
        await writing.write(taken, next);
        return writing;
      })
      .catch((error: unknown) => {
        memories.giveBack(taken);
        throw error;
      });
    for (const [memory, alert] of written.alerts) memory.alert = alert;
    for (const memory of [...taken.changed, ...written.alerts.keys()]) memory.stored = !isForgettable(memory);
    for (const news of written.news) this.#parts.tell(news);
  }

  /** Makes an alert worse that nobody has acknowledged in time. */
  async escalate({ id, to }: { id: bigint; to: StoredAlert['severity'] }): Promise<void> {
    const { logId, now, tell, transact } = this.#parts;
    const step = { id, tenants: '*', step: { kind: 'escalate', to }, author: logId, now: now() } as const;
    const alert = await ifPossible(
      transact((transaction) => takeStep(transaction, { ...step, details: { to } })),
    );
    if (alert !== undefined) for (const news of newsOf(alert, 'escalate', step.now)) tell(news);
  }
}

function isForgettable({ state }: Memory): boolean {
  return isIdle(state);
}

function newsOf(
  { id, device, tenant, type, severity }: StoredAlert,
  step: AlertNews['step'],
  at: number,
): AlertNews[] {
  return tenant === null ? [] : [{ id: id.toString(), device, tenant, type, severity, step, at }];
}

/** Undefined when a person was quicker, or the alert is gone. */
async function ifPossible(step: Promise<StoredAlert>): Promise<StoredAlert | undefined> {
  try {
    return await step;
  } catch (error) {
    if (error instanceof BiotError && ['TRANSITION_ILLEGAL', 'NOT_FOUND'].includes(error.code))
      return undefined;
    throw error;
  }
}
