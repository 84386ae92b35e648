import type { Time } from '../../network/time.ts';
import { Lane, type Pace } from './lane.ts';

/** Somewhere that something waits to be sent to. */
export interface Customer {
  readonly id: string;
  /** Whoever fills places together, such as a tenant. */
  readonly sharer: string;
  readonly pace: Pace;
}

/** What is under way at one time. Customers that failed last have few places, whatever they take. */
const PLACES = { sound: 12, doubtful: 4 };
/** Of these for one sharer: its slow endpoints keep nobody else's messages back. */
const PLACES_OF_ONE = { sound: 4, doubtful: 2 };

interface Run {
  readonly kind: keyof typeof PLACES;
  readonly sharer: string;
  readonly ended: Promise<void>;
}

export interface TurnsParts<C extends Customer> {
  readonly time: Pick<Time, 'now' | 'random'>;
  /** Serves a customer once; never rejects. @returns whether there may be more */
  readonly serve: (customer: C, lane: Lane) => Promise<boolean>;
}

/** Who is served when: each customer in its own lane, once for each time it gets a place, and in turn. */
export class Turns<C extends Customer> {
  readonly #parts: TurnsParts<C>;
  readonly #lanes = new Map<string, Lane>();
  readonly #running = new Map<string, Run>();
  /** For whom something is due, the one that was served longest ago first. */
  #due = new Map<string, C>();
  #turns = 0;

  constructor(parts: TurnsParts<C>) {
    this.#parts = parts;
  }

  /** For these something is due, and for nobody else. Begins to serve them; does not wait for it. */
  offer(customers: readonly C[]): void {
    const due = customers.toSorted((a, b) => this.#laneOf(a).turn - this.#laneOf(b).turn);
    this.#due = new Map(due.map((customer) => [customer.id, customer]));
    this.#begin();
  }

  /** Begins nothing more until the next offer; resolves when nothing is under way. */
  async idle(): Promise<void> {
    this.#due.clear();
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  #begin(): void {
    const { time, serve } = this.#parts;
    for (const customer of this.#due.values()) {
      const { id, sharer } = customer;
      const lane = this.#laneOf(customer);
      const place = { kind: lane.doubtful ? 'doubtful' : 'sound', sharer } as const;
      if (this.#running.has(id) || !lane.isOpen(time.now()) || !this.#isFree(place)) continue;
      this.#turns += 1;
      lane.turn = this.#turns;
      const ended = serve(customer, lane).then((more) => {
        this.#end(id, more);
      });
      this.#running.set(id, { ...place, ended });
    }
  }

  #isFree({ kind, sharer }: Omit<Run, 'ended'>): boolean {
    const taken = [...this.#running.values()].filter((run) => run.kind === kind);
    return (
      taken.length < PLACES[kind] && taken.filter((run) => run.sharer === sharer).length < PLACES_OF_ONE[kind]
    );
  }

  /** Gives the place to whoever waits longest: the customer itself goes behind all others. */
  #end(id: string, more: boolean): void {
    this.#running.delete(id);
    const customer = this.#due.get(id);
    this.#due.delete(id);
    if (customer !== undefined && more) this.#due.set(id, customer);
    this.#begin();
  }

  #laneOf({ id, pace }: C): Lane {
    const known = this.#lanes.get(id);
    if (known !== undefined) return known;
    const lane = new Lane(pace, () => this.#parts.time.random());
    this.#lanes.set(id, lane);
    return lane;
  }
}
