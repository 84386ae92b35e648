import { randomUUID } from 'node:crypto';

import type { Pool } from 'mariadb';

import type { TopicOwner } from '../../../chaincode/protocol/topics.ts';
import type { BenchContext } from '../bench.ts';
import type { CommandLink } from './command-link.ts';
import type { GatewayClient } from './gateway-client.ts';
import { paced } from './pace.ts';
import { countSucceeded, type RoundTrip, RoundTrips } from './round-trips.ts';

const WARM_UP_COMMANDS = 20;
const GROUP_ROUNDS = 3;

export interface MeasurementParts {
  readonly database: Pool;
  readonly fleet: readonly TopicOwner[];
  readonly links: readonly CommandLink[];
  readonly gateway: GatewayClient;
  /** The command that is sent. */
  readonly name: string;
}

export interface MeasurementSettings {
  readonly rate: number;
  readonly seconds: number;
  readonly alone: number;
  readonly group: number;
}

export interface Measured {
  readonly single: readonly RoundTrip[];
  readonly many: readonly RoundTrip[];
  readonly groups: readonly RoundTrip[];
  readonly orders: number;
  readonly lost: number;
  readonly failures: readonly string[];
}

/** Commands that are followed from the call until SQL says that all their devices are done. */
export class Measurement {
  readonly #parts: MeasurementParts;
  readonly #context: BenchContext;
  #issued = 0;
  /** Orders, one for each device of each command. */
  #orders = 0;

  constructor(parts: MeasurementParts, context: BenchContext) {
    this.#parts = parts;
    this.#context = context;
  }

  async run({ rate, seconds, alone, group }: MeasurementSettings): Promise<Measured> {
    const { progress } = this.#context;
    await progress.step('warming up', () => this.#oneByOne(WARM_UP_COMMANDS));
    const single = await progress.step('one after the other', () => this.#oneByOne(alone));
    const many = await progress.step(`${rate} a second`, () => this.#paced(rate, rate * seconds));
    const groups = await progress.step(`to ${group} devices at once`, () => this.#groups(group));
    const succeeded = await countSucceeded(this.#parts.database, this.#parts.name);
    const done = this.#parts.links.reduce((sum, link) => sum + link.done.size, 0);
    const failures = this.#parts.links.flatMap(({ failure }) => failure?.message ?? []);
    return {
      single,
      many,
      groups,
      lost: this.#orders - Math.min(succeeded, done),
      orders: this.#orders,
      failures,
    };
  }

  async #oneByOne(count: number): Promise<RoundTrip[]> {
    const trips: RoundTrip[] = [];
    for (let index = 0; index < count; index += 1) {
      const watched = new RoundTrips(this.#parts.database);
      await this.#issue(watched, [this.#deviceAt(index)]);
      trips.push(...(await watched.all()));
    }
    return trips;
  }

  /** By the clock, whether earlier ones are answered or not. */
  async #paced(rate: number, count: number): Promise<RoundTrip[]> {
    const watched = new RoundTrips(this.#parts.database);
    await paced({ rate, count }, (index) => this.#issue(watched, [this.#deviceAt(index)]));
    return watched.all();
  }

  async #groups(size: number): Promise<RoundTrip[]> {
    const trips: RoundTrip[] = [];
    const devices = this.#parts.fleet.slice(0, size).map(({ device }) => device);
    for (let round = 0; round < GROUP_ROUNDS; round += 1) {
      const watched = new RoundTrips(this.#parts.database);
      await this.#issue(watched, devices);
      trips.push(...(await watched.all()));
    }
    return trips;
  }

  async #issue(watched: RoundTrips, devices: readonly string[]): Promise<void> {
    const id = randomUUID();
    this.#issued += 1;
    this.#orders += devices.length;
    watched.asked(id);
    const body = { id, name: this.#parts.name, devices, parameters: { round: this.#issued } };
    await this.#parts.gateway.send({ method: 'POST', path: '/commands', body });
    watched.answered(id);
  }

  #deviceAt(index: number): string {
    const { fleet } = this.#parts;
    return fleet[index % fleet.length]?.device ?? '';
  }
}
