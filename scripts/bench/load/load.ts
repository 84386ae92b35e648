import { setTimeout as delay } from 'node:timers/promises';

import type { TopicOwner } from '../../../chaincode/protocol/topics.ts';
import { readCredentials } from '../../../ingest/device/credentials.ts';
import { tlsConnector } from '../../../ingest/device/tls-connector.ts';
import { DeviceLink } from './device-link.ts';
import type { Connect, Outcome, Publish } from './orders.ts';
import { FLOOD, PacedSource, type Source } from './sources.ts';
import { Tally } from './tally.ts';

/** A broker that gets all connections at once answers late. */
const CONNECTED_AT_ONCE = 50;
const TICK_MS = 1;
/** A message that has no receipt when nothing has come for so long will not get one: nothing is sent again. */
const SILENCE_MS = 30_000;

const IDLE: Source = { take: () => [] };

/** All devices of a measurement, in one process. */
export class Load {
  #links: DeviceLink[] = [];
  #owners: readonly TopicOwner[] = [];
  #source = IDLE;
  #tally = new Tally({ from: 0, to: 0 });
  #window = 1;
  #lastReceipt = Date.now();
  #failure = Promise.withResolvers<never>();

  constructor() {
    this.#failure.promise.catch(() => undefined);
  }

  async connect({ broker, folder, fleet }: Connect): Promise<void> {
    this.#owners = fleet;
    for (let from = 0; from < fleet.length; from += CONNECTED_AT_ONCE) {
      const part = fleet.slice(from, from + CONNECTED_AT_ONCE);
      const links = part.map((owner, index) => {
        const connect = tlsConnector(broker, readCredentials(`${folder}/${owner.device}`, owner.device));
        return this.#link(connect(), owner, from + index);
      });
      this.#links.push(...links);
      await Promise.all(links.map(({ ready }) => ready));
    }
  }

  /** @throws BiotError BROKER_UNAVAILABLE when a connection ends: what is measured then is not what was asked for */
  publish(order: Publish): Promise<Outcome> {
    return Promise.race([this.#publish(order), this.#failure.promise]);
  }

  async #publish({ rate, window, warmUpMs, measuredMs }: Publish): Promise<Outcome> {
    const began = performance.now();
    const from = began + warmUpMs;
    this.#tally = new Tally({ from, to: from + measuredMs });
    this.#window = window;
    const stop = rate === null ? this.#flood() : this.#pace(rate, began);
    await delay(warmUpMs);
    const before = process.cpuUsage();
    await delay(measuredMs);
    const { user, system } = process.cpuUsage(before);
    stop();
    await this.#settled();
    return {
      receipted: this.#tally.receipted,
      measuredMs,
      latency: this.#tally.latency(),
      lastReceipt: this.#lastReceipt,
      unreceipted: this.#unreceipted(),
      refused: this.#tally.refused,
      sent: Object.fromEntries(
        this.#links.map(({ sent }, index) => [this.#owners[index]?.device ?? '', sent]),
      ),
      processor: (user + system) / 1000 / measuredMs,
    };
  }

  #flood(): () => void {
    this.#source = FLOOD;
    for (const index of this.#links.keys()) this.#feed(index);
    return () => {
      this.#source = IDLE;
    };
  }

  #pace(rate: number, now: number): () => void {
    const source = new PacedSource({ devices: this.#links.length, rate, now });
    this.#source = source;
    const timer = setInterval(() => {
      for (const index of source.advance(performance.now())) this.#feed(index);
    }, TICK_MS);
    return () => {
      // What is due and waits for room is sent still: its latency counts.
      clearInterval(timer);
    };
  }

  /** Lets a device send what it may. */
  #feed(index: number): void {
    const link = this.#links[index];
    if (link === undefined) return;
    link.publish(this.#source.take(index, this.#window - link.unreceipted, performance.now()));
  }

  #link(stream: ReturnType<ReturnType<typeof tlsConnector>>, owner: TopicOwner, index: number): DeviceLink {
    return new DeviceLink(stream, owner, {
      settled: (due) => {
        this.#tally.settle(due, performance.now());
      },
      refused: (code) => {
        this.#tally.refuse(code);
      },
      receipted: () => {
        this.#lastReceipt = Date.now();
        this.#feed(index);
      },
      failed: (reason) => {
        this.#failure.reject(reason);
      },
    });
  }

  #unreceipted(): number {
    return this.#links.reduce((total, link) => total + link.unreceipted, 0);
  }

  async #settled(): Promise<void> {
    const began = Date.now();
    while (this.#unreceipted() > 0 && Date.now() - Math.max(began, this.#lastReceipt) < SILENCE_MS)
      await delay(TICK_MS);
  }
}
