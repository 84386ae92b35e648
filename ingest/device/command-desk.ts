import type { z } from 'zod';

import { isFinal } from '../../chaincode/protocol/command/state.ts';
import {
  type CommandAnswer,
  MAX_ANSWER_BYTES,
  type Order,
  orderSchema,
} from '../../chaincode/protocol/command/wire.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { Backoff } from './backoff.ts';
import type { CommandJournal } from './command-journal.ts';

/** What a handler may give back; it is the command's result. */
export type CommandResult =
  ReturnType<typeof z.json> extends z.ZodType<infer Json> ? Json | undefined : never;

export interface CommandProgress {
  /** Says that it is being done, for those that take a while. */
  readonly running: (message?: string) => void;
}

/**
 * Does a command. What it throws makes the command `failed`, with the error's message; a BiotError with the code
 * PARAMETERS_INVALID makes it `rejected`.
 */
export type CommandHandler = (
  order: Order,
  progress: CommandProgress,
) => Promise<CommandResult> | CommandResult;

/** By the command's name. */
export type CommandHandlers = Readonly<Record<string, CommandHandler>>;

/** Hands an answer to the broker, and tells whether it was taken for somebody. */
export type SendAnswer = (id: string, payload: string, settled: (taken: boolean) => void) => void;

export interface CommandDeskOptions {
  /** Open, and nobody else's; the desk does not close it. */
  readonly journal: CommandJournal;
  readonly handlers?: CommandHandlers | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly now?: () => number;
  /** Waits while nobody takes answers. */
  readonly retry?: Backoff;
}

/** Commands that are being done at one time. */
const MOST_AT_ONCE = 64;
const RETRY = { first: 500, longest: 30_000 };
/** A broker that dies may lose what it took; answers that are so young are told again on a new connection. */
const TOLD_AGAIN_MS = 5 * 60_000;
const MESSAGE_LENGTH = 500;

/**
 * Takes orders, does each at most once, and answers until the broker has taken the answer. An order that comes again is
 * answered with what is known of it.
 */
export class CommandDesk {
  readonly #journal: CommandJournal;
  readonly #handlers: ReadonlyMap<string, CommandHandler>;
  readonly #now: () => number;
  readonly #retry: Backoff;
  /** The last answer of each command that the broker has not taken yet. */
  readonly #untold = new Map<string, CommandAnswer>();
  /** What was last said of commands that have not ended. */
  readonly #open = new Map<string, CommandAnswer>();
  #send: SendAnswer | undefined;
  #retrying: NodeJS.Timeout | undefined;

  constructor({ journal, handlers = {}, now = Date.now, retry = new Backoff(RETRY) }: CommandDeskOptions) {
    this.#journal = journal;
    this.#handlers = new Map(Object.entries(handlers));
    this.#now = now;
    this.#retry = retry;
  }

  connected(send: SendAnswer): void {
    this.#send = send;
    for (const { id, answer } of this.#journal.unsettled(this.#now() - TOLD_AGAIN_MS))
      if (answer !== undefined) this.#untold.set(id, answer);
    this.#tellAll();
  }

  disconnected(): void {
    this.#send = undefined;
    clearTimeout(this.#retrying);
    this.#retrying = undefined;
  }

  /** Takes what came on the device's command topic; never throws. */
  receive(payload: Uint8Array): void {
    const order = parseOrder(payload);
    // Only the platform writes here. What cannot be read it could not be told about either.
    if (order === undefined) return;
    const known = this.#journal.find(order.id);
    if (known !== undefined) this.#tell(known.answer ?? this.#open.get(order.id));
    else if (Date.parse(order.expiresAt) > this.#now()) void this.#take(order);
  }

  async #take(order: Order): Promise<void> {
    const { id } = order;
    const handler = this.#handlers.get(order.name);
    if (handler === undefined)
      this.#tell({ id, state: 'rejected', message: `this device does not know the command ${order.name}` });
    else if (this.#open.size >= MOST_AT_ONCE)
      this.#tell({ id, state: 'rejected', message: `${MOST_AT_ONCE} commands are being done already` });
    else await this.#execute(order, handler);
  }

  async #execute(order: Order, handler: CommandHandler): Promise<void> {
    const { id } = order;
    const acknowledged: CommandAnswer = { id, state: 'acknowledged' };
    try {
      await this.#journal.begin(id, Date.parse(order.expiresAt), this.#now());
    } catch (error) {
      this.#tell({ id, state: 'rejected', message: messageOf(error) });
      return;
    }
    this.#open.set(id, acknowledged);
    this.#tell(acknowledged);
    const answer = withinBound(await this.#answerOf(order, handler));
    // If it cannot be saved, it is interrupted by the next start's word; telling it all the same is the truth.
    await this.#journal.end(id, answer, this.#now()).catch(() => undefined);
    this.#open.delete(id);
    this.#tell(answer);
  }

  async #answerOf(order: Order, handler: CommandHandler): Promise<CommandAnswer> {
    const { id } = order;
    const running = (message?: string): void => {
      if (!this.#open.has(id)) return;
      const answer: CommandAnswer = { id, state: 'running', ...(message !== undefined && { message }) };
      this.#open.set(id, answer);
      this.#tell(answer);
    };
    try {
      const result = await handler(order, { running });
      return { id, state: 'succeeded', ...(result !== undefined && { result }) };
    } catch (error) {
      const refused = error instanceof BiotError && error.code === 'PARAMETERS_INVALID';
      return { id, state: refused ? 'rejected' : 'failed', message: messageOf(error) };
    }
  }

  #tell(answer: CommandAnswer | undefined): void {
    const id = answer?.id;
    if (answer === undefined || id === undefined) return;
    this.#untold.set(id, answer);
    this.#send?.(id, JSON.stringify(answer), (taken) => {
      if (taken) this.#told(id, answer);
      else this.#tellLater();
    });
  }

  #told(id: string, answer: CommandAnswer): void {
    this.#retry.reset();
    if (this.#untold.get(id) !== answer) return;
    this.#untold.delete(id);
    const kept = this.#journal.find(id);
    if (isFinal(answer.state) && kept !== undefined && !kept.told)
      // When it is forgotten by a crash, it is told once more.
      this.#journal.told(id, this.#now()).catch(() => undefined);
  }

  #tellAll(): void {
    for (const answer of [...this.#untold.values()]) this.#tell(answer);
  }

  #tellLater(): void {
    if (this.#send === undefined || this.#retrying !== undefined) return;
    this.#retrying = setTimeout(() => {
      this.#retrying = undefined;
      this.#tellAll();
    }, this.#retry.next());
  }
}

function parseOrder(payload: Uint8Array): Order | undefined {
  try {
    return orderSchema.safeParse(JSON.parse(Buffer.from(payload).toString())).data;
  } catch {
    return undefined;
  }
}

function withinBound(answer: CommandAnswer): CommandAnswer {
  const { id } = answer;
  try {
    const bytes = Buffer.byteLength(JSON.stringify(answer));
    if (bytes <= MAX_ANSWER_BYTES) return answer;
    return {
      id,
      state: 'failed',
      message: `the result has ${bytes} bytes; at most ${MAX_ANSWER_BYTES} are taken`,
    };
  } catch {
    return { id, state: 'failed', message: 'the result is not JSON' };
  }
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, MESSAGE_LENGTH).toWellFormed();
}
