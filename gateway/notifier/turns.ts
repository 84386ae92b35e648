import type { Time } from '../../network/time.ts';
import { Lane, type Pace } from './lane.ts';

/** Somewhere that something waits to be sent to. */
export interface Customer {
  readonly id: string;
  /** Whoever fills places together, such as a tenant. */
  readonly sharer: string;
  /** Of what people have set: with another one, whatever failed is tried at once. */
  readonly version: number;
  readonly pace: Pace;
}

/** What is under way at one time. Customers that failed last have few places, whatever they take. */
const PLACES = { sound: 12, doubtful: 4 };
/** Of these for one sharer: its slow endpoints keep nobody else's messages back. */
const PLACES_OF_ONE = { sound: 4, doubtful: 2 };

interface Place {
  readonly kind: keyof typeof PLACES;
  readonly sharer: string;
}

interface Run extends Place {
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
  readonly #lanes = new Map<string, { lane: Lane; version: number }>();
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
    this.#forget();
    this.#begin();
  }

  /** Begins nothing more until the next offer; resolves when nothing is under way. */
  async idle(): Promise<void> {
    this.#due.clear();
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  #begin(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) this.#run(next);
  }

  /** Of whoever has the fewest places: however many slow customers others have, and however long these wait, it is next. */
  #next(): C | undefined {
    const now = this.#parts.time.now();
    const ready = [...this.#due.values()].filter(
      (customer) => !this.#running.has(customer.id) && this.#laneOf(customer).isOpen(now),
    );
    return ready
      .map((customer) => ({ customer, taken: this.#takenBeside(this.#placeOf(customer)) }))
      .filter(({ taken }) => taken.isFree)
      .toSorted((a, b) => a.taken.bySharer - b.taken.bySharer)[0]?.customer;
  }

  #run(customer: C): void {
    const lane = this.#laneOf(customer);
    this.#turns += 1;
    lane.turn = this.#turns;
    const place = this.#placeOf(customer);
    const ended = this.#parts.serve(customer, lane).then((more) => {
      this.#end(customer.id, more);
    });
    this.#running.set(customer.id, { ...place, ended });
  }

  #placeOf(customer: C): Place {
    return { kind: this.#laneOf(customer).doubtful ? 'doubtful' : 'sound', sharer: customer.sharer };
  }

  #takenBeside({ kind, sharer }: Place): { bySharer: number; isFree: boolean } {
    const taken = [...this.#running.values()].filter((run) => run.kind === kind);
    const bySharer = taken.filter((run) => run.sharer === sharer).length;
    return { bySharer, isFree: taken.length < PLACES[kind] && bySharer < PLACES_OF_ONE[kind] };
  }

  /** Gives the place to whoever waits longest: the customer itself goes behind all others. */
  #end(id: string, more: boolean): void {
    this.#running.delete(id);
    const customer = this.#due.get(id);
    this.#due.delete(id);
    if (customer !== undefined && more) this.#due.set(id, customer);
    this.#begin();
  }

  #laneOf({ id, version, pace }: C): Lane {
    const known = this.#lanes.get(id);
    if (known?.version === version) return known.lane;
    // Its pace stays: whoever changes a channel again and again gets no more messages out of it.
    known?.lane.reopen();
    const lane = known?.lane ?? new Lane(pace, () => this.#parts.time.random());
    this.#lanes.set(id, { lane, version });
    return lane;
  }

  /** Customers come and go, and their lanes with them. */
  #forget(): void {
    const now = this.#parts.time.now();
    for (const [id, { lane }] of this.#lanes)
      if (!this.#due.has(id) && !this.#running.has(id) && lane.isForgotten(now)) this.#lanes.delete(id);
  }
}
