import type { Logger } from 'pino';

import type { Rollout } from '../../chaincode/protocol/firmware/rollout.ts';
import { parseReportTopic } from '../../chaincode/protocol/topics.ts';
import type { LedgerClient } from '../../network/ledger/client.ts';
import type { RegistryMirror } from '../../network/mirror/registry-mirror.ts';
import type { Time } from '../../network/time.ts';
import { ledgerPosition } from '../../sql/queries/ledger-position.ts';
import type { Queryable } from '../../sql/query.ts';
import type { Transact } from '../../sql/transaction.ts';
import { putLedgerPosition } from '../../sql/writers/commands.ts';
import type { RolloutChange } from '../../sql/writers/rollouts.ts';
import { AnswerDesk } from '../commands/answer-desk.ts';
import { type LedgerPosition, LedgerReader } from '../commands/ledger-reader.ts';
import type { Delivery, Publisher } from '../delivery.ts';
import type { IngestMetrics } from '../operations/metrics.ts';
import { RolloutMetrics } from '../operations/rollout-metrics.ts';
import type { Admission } from '../pipeline/admission.ts';
import type { MessageRefusals } from '../pipeline/refused-message.ts';
import { inTurn } from '../store/in-turn.ts';
import { teller, type TellParts } from './decisions.ts';
import { Engine } from './engine.ts';
import { recordRollout, rolloutsIn } from './ledger-record.ts';
import { Notifier } from './notifier.ts';
import { readReport, type Reported } from './report.ts';
import { RolloutBook } from './rollout-book.ts';
import { takeUpdateSteps } from './update-progress.ts';

export interface RolloutsParts extends Pick<TellParts, 'service' | 'org' | 'record'> {
  readonly database: Queryable;
  readonly transact: Transact;
  readonly client: Pick<LedgerClient, 'blocks'>;
  /** A rollout as the ledger has it. */
  readonly ask: (id: string) => Promise<Rollout>;
  readonly mirror: Pick<RegistryMirror, 'device' | 'devices' | 'freshness'>;
  readonly broker: Publisher & { connected(): boolean };
  readonly admission: Pick<Admission, 'activeDevice'>;
  readonly refusals: MessageRefusals;
  readonly metrics: Pick<IngestMetrics, 'refused' | 'registry'>;
  readonly log: Logger;
  readonly time: Time;
}

const READER = 'rollouts';

/** The way of rollouts from the ledger to the devices, and of what these report into the database. */
export class Rollouts {
  readonly #parts: RolloutsParts;
  readonly #book: RolloutBook;
  readonly #notifier: Notifier;
  readonly #engine: Engine;
  readonly #reader: LedgerReader<RolloutChange>;
  readonly #reports: AnswerDesk<Reported>;

  constructor(given: RolloutsParts) {
    const parts = { ...given, transact: inTurn(given.transact) };
    const { database, metrics, time, transact } = parts;
    this.#parts = parts;
    this.#book = new RolloutBook(parts.ask);
    this.#notifier = new Notifier(parts);
    this.#engine = new Engine({
      ...parts,
      book: this.#book,
      notifier: this.#notifier,
      tell: teller(parts),
      metrics: new RolloutMetrics(metrics.registry),
    });
    this.#reader = new LedgerReader({
      ...parts,
      reader: READER,
      position: () => ledgerPosition(database, READER),
      changesIn: rolloutsIn,
      record: (changes, position) => this.#record(changes, position),
      forget: () => {
        this.#book.clear();
      },
    });
    this.#reports = new AnswerDesk({
      ...parts,
      ownerOf: parseReportTopic,
      read: readReport,
      take: (said) => takeUpdateSteps({ transact, now: () => time.now() }, said),
    });
  }

  /** A report of a device. Never throws. */
  receive(delivery: Delivery): void {
    this.#reports.receive(delivery);
  }

  /** A device's message came: it is there. */
  heard(device: string): void {
    if (this.#notifier.heard(device)) this.#engine.wake();
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#reader.run(signal), this.#engine.run(signal), this.#reports.run(signal)]);
  }

  async #record(changes: readonly RolloutChange[], position: LedgerPosition): Promise<void> {
    const { time, transact } = this.#parts;
    await transact(async (transaction) => {
      for (const change of changes) await recordRollout(transaction, change, time.now());
      await putLedgerPosition(transaction, position);
    });
    for (const { rollout } of changes) this.#book.put(rollout);
    if (changes.length > 0) this.#engine.wake();
  }
}
