import {
  announcementSchema,
  MAX_ANNOUNCEMENT_BYTES,
} from '../../chaincode/protocol/presence/announcement.ts';
import type { PresenceNews } from '../../chaincode/protocol/presence/presence.ts';
import {
  alertNewsTopic,
  parsePresenceTopic,
  presenceNewsTopic,
  type TopicOwner,
} from '../../chaincode/protocol/topics.ts';
import type { Device } from '../../chaincode/protocol/device.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { RegistryMirror } from '../../network/mirror/registry-mirror.ts';
import type { StoredPresence } from '../../sql/writers/presence.ts';
import type { Delivery, DeliverySource, Publisher } from '../delivery.ts';
import type { MessageRefusals } from '../pipeline/refused-message.ts';
import { type Departure, FleetWatch, isUnintended } from './fleet-watch.ts';
import { allowanceOf } from './habit.ts';
import { announced, type Announced, elapsed, waited } from './presence.ts';
import { PresenceBook } from './presence-book.ts';
import type { PresenceStore, ToldExodus } from './presence-store.ts';

export interface PresenceWatchParts {
  readonly store: PresenceStore;
  readonly mirror: Pick<RegistryMirror, 'device'>;
  readonly broker: Pick<DeliverySource, 'connected' | 'sessions'> & Publisher;
  readonly refusals: MessageRefusals;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}

/** Changes in one message to whoever watches. */
const CHANGES_AT_ONCE = 200;
/** So many more events of a device, and its history is cut to its bound. */
const EVENTS_UNTIL_PRUNED = 50;
const PRUNE_EVERY_MS = 600_000;
const MESSAGE_LENGTH = 200;
/** Announcements that wait for the ledger, and for how long. */
const MOST_EARLY = 10_000;
const EARLY_MS = 30_000;

/** An announcement, and whose topic it came by. */
interface Heard {
  readonly owner: TopicOwner;
  readonly said: Announced;
}

/**
 * Knows which devices are there: from what they or the broker announce, from their messages, whichever way they come,
 * and from their absence. What has changed is written once a second, all of it together, and then told.
 */
export class PresenceWatch {
  readonly #parts: PresenceWatchParts;
  readonly #fleet = new FleetWatch();
  readonly #book = new PresenceBook();
  /** Whose messages came since the last round, and when; looking at each message would cost their way too much. */
  readonly #spoke = new Map<string, number>();
  /** Events of a device that were written since its history was cut. */
  readonly #events = new Map<string, number>();
  /** By device, the last alone. */
  readonly #early = new Map<string, Heard>();
  #begun = false;
  #session: number | undefined;
  /** Since when devices can be heard without a break. */
  #listening: number | undefined;
  #pruned: number;

  constructor(parts: PresenceWatchParts) {
    this.#parts = parts;
    this.#pruned = parts.now();
  }

  /** A message of the device came. */
  heard({ id }: Pick<Device, 'id'>): void {
    this.#spoke.set(id, this.#parts.now());
  }

  /** The device asked for its orders, by HTTP or CoAP, and waits for them for so long at most. */
  waits(id: string, forMs: number): void {
    const { mirror, now } = this.#parts;
    if (mirror.device(id)?.status !== 'active') return;
    this.#takeSpoken(id);
    this.#book.waits(id, now(), now() + forMs);
  }

  /** It waits no more, sooner than it was to. */
  waited(id: string): void {
    const known = this.#book.presence(id);
    if (known !== undefined) this.#book.become(id, waited(known, this.#parts.now()));
  }

  /** Takes an announcement; never throws. */
  receive(delivery: Delivery): void {
    const owner = parsePresenceTopic(delivery.topic);
    try {
      if (owner === undefined) throw new BiotError('TOPIC_INVALID', 'not our topic');
      const announcement = parseAnnouncement(delivery.payload);
      const retained = delivery.retained === true;
      this.#take({ owner, said: { announcement, at: this.#parts.now(), retained } });
    } catch (error) {
      this.#refuse(owner?.device ?? null, error);
    }
    delivery.acknowledge();
  }

  /** @throws BiotError TENANT_MISMATCH */
  #take(heard: Heard): void {
    const { owner, said } = heard;
    const device = this.#parts.mirror.device(owner.device);
    if (device !== undefined && device.tenant !== owner.tenant)
      throw new BiotError('TENANT_MISMATCH', `device ${device.id} does not belong to ${owner.tenant}`);
    // The broker lets in whom the ledger has let in: who is not known to be may be so with the next block.
    if (device?.status === 'active') this.#announced(device.id, said);
    else if (this.#early.size < MOST_EARLY) this.#early.set(owner.device, heard);
  }

  /** Those that came before the block that lets them in. Whom the ledger does not let in has no presence. */
  #takeEarly(): void {
    const { mirror, now } = this.#parts;
    for (const [id, heard] of this.#early) {
      const device = mirror.device(id);
      const isOver = now() - heard.said.at > EARLY_MS;
      if (device?.status !== 'active' && !isOver) continue;
      this.#early.delete(id);
      try {
        if (device === undefined) throw new BiotError('DEVICE_UNKNOWN', `the ledger knows no ${id}`);
        if (device.status === 'active') this.#take(heard);
      } catch (error) {
        this.#refuse(id, error);
      }
    }
  }

  #refuse(device: string | null, error: unknown): void {
    const { code, message } = error instanceof BiotError ? error : new BiotError('INTERNAL', 'unexpected');
    this.#parts.refusals.add({ device, code, message: message.slice(0, MESSAGE_LENGTH) });
  }

  /** Once a second. @throws BiotError DATABASE_UNAVAILABLE or INTERNAL: what was not done is done the next time */
  async work(): Promise<void> {
    if (!this.#begun) await this.#begin();
    this.#listen();
    this.#takeEarly();
    for (const id of [...this.#spoke.keys()]) this.#takeSpoken(id);
    this.#elapse();
    await this.#write();
    await this.#prune();
  }

  async #begin(): Promise<void> {
    const { store, now } = this.#parts;
    const [presences, exoduses] = await Promise.all([store.presences(), store.exoduses()]);
    for (const stored of presences) this.#book.restore(stored, now());
    this.#fleet.restore(exoduses, presences.flatMap(departureOf));
    this.#begun = true;
  }

  /** Notices at once when the broker has begun anew: what it says from then on is not to be doubted. */
  #listen(): void {
    const { broker, now } = this.#parts;
    if (!broker.connected()) this.#listening = undefined;
    else this.#listening ??= now();
    if (broker.sessions === this.#session) return;
    if (this.#session !== undefined) this.#book.doubtAll(now());
    this.#session = broker.sessions;
  }

  #announced(id: string, said: Announced): void {
    this.#listen();
    this.#early.delete(id);
    this.#takeSpoken(id);
    this.#book.become(id, announced(this.#book.presence(id), said));
  }

  #takeSpoken(id: string): void {
    const at = this.#spoke.get(id);
    if (at === undefined) return;
    this.#spoke.delete(id);
    this.#book.spoke(id, at);
  }

  #elapse(): void {
    const { mirror, now } = this.#parts;
    const listening = this.#listening;
    if (listening === undefined) return;
    for (const { id, presence, intervalMs } of this.#book.present()) {
      const next = elapsed(presence, {
        now: now(),
        listening,
        allowanceMs: allowanceOf(intervalMs),
        admitted: mirror.device(id)?.status === 'active',
      });
      if (next !== presence) this.#book.become(id, next);
    }
  }

  async #write(): Promise<void> {
    const { broker, mirror, store, now } = this.#parts;
    const { rows, moved } = this.#book.changes((id) => mirror.device(id)?.tenant);
    for (const row of moved) this.#tellFleet(row);
    const exoduses = this.#fleet.look(now(), this.#book.presentByTenant());
    if (rows.length === 0 && exoduses.length === 0) return;
    const events = moved.map((row) => ({ ...row, at: row.since }));
    for (const told of await store.write({ rows, events, exoduses })) this.#told(told);
    this.#book.written(rows);
    for (const { device } of moved) this.#events.set(device, (this.#events.get(device) ?? 0) + 1);
    for (const news of newsOf(moved))
      broker.publish(presenceNewsTopic(news.tenant), JSON.stringify(news), { qos: 0 });
  }

  /** Telling it again, after it could not be written, makes no difference. */
  #tellFleet(row: StoredPresence): void {
    if (row.state !== 'offline') this.#fleet.returned(row.device);
    else for (const departure of departureOf(row)) this.#fleet.left(departure);
  }

  #told({ exodus, alert, over, news }: ToldExodus): void {
    if (over) this.#fleet.end(exodus);
    else this.#fleet.told(exodus, alert);
    if (news !== undefined)
      this.#parts.broker.publish(alertNewsTopic(news.tenant), JSON.stringify(news), { qos: 0 });
  }

  async #prune(): Promise<void> {
    const { store, now } = this.#parts;
    if (now() - this.#pruned < PRUNE_EVERY_MS) return;
    const long = [...this.#events].filter(([, events]) => events >= EVENTS_UNTIL_PRUNED).map(([id]) => id);
    await store.prune(long);
    for (const id of long) this.#events.delete(id);
    this.#pruned = now();
  }
}

function departureOf({ device, tenant, reason, since }: StoredPresence): Departure[] {
  return isUnintended(reason) ? [{ device, tenant, reason, at: since }] : [];
}

function newsOf(moved: readonly StoredPresence[]): PresenceNews[] {
  const news: PresenceNews[] = [];
  for (const [tenant, rows] of Map.groupBy(moved, (row) => row.tenant))
    for (let from = 0; from < rows.length; from += CHANGES_AT_ONCE)
      news.push({
        tenant,
        changes: rows
          .slice(from, from + CHANGES_AT_ONCE)
          .map(({ device, state, since, reason, wakesAt }) => ({ device, state, since, reason, wakesAt })),
      });
  return news;
}

/** @throws BiotError MESSAGE_TOO_LARGE or MESSAGE_MALFORMED */
function parseAnnouncement(payload: Uint8Array): Announced['announcement'] {
  if (payload.length > MAX_ANNOUNCEMENT_BYTES)
    throw new BiotError('MESSAGE_TOO_LARGE', `an announcement has at most ${MAX_ANNOUNCEMENT_BYTES} bytes`);
  try {
    return announcementSchema.parse(JSON.parse(Buffer.from(payload).toString()));
  } catch (cause) {
    throw new BiotError('MESSAGE_MALFORMED', 'the announcement is not one', { cause });
  }
}
