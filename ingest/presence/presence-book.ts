import type { PresenceView } from '../../chaincode/protocol/presence/presence.ts';
import type { StoredPresence } from '../../sql/writers/presence.ts';
import { type Habit, habitOf, intervalOf, learnt } from './habit.ts';
import { doubted, heard, type Presence, waits } from './presence.ts';

interface Entry {
  presence: Presence;
  habit: Habit;
  /** When its last message came, if it was there ever since: how often it asks for orders says nothing of its messages. */
  messageAt: number | undefined;
  /** As the database has it. */
  stored: StoredPresence | undefined;
}

/** What is known of each device, and what of it the database does not have yet. */
export class PresenceBook {
  readonly #entries = new Map<string, Entry>();
  readonly #changed = new Set<string>();

  presence(id: string): Presence | undefined {
    return this.#entries.get(id)?.presence;
  }

  /** Devices that are not offline, and how often a message of each comes. */
  *present(): Generator<{ id: string; presence: Presence; intervalMs: number | null }> {
    for (const [id, { presence, habit }] of this.#entries)
      if (presence.state !== 'offline') yield { id, presence, intervalMs: intervalOf(habit) };
  }

  /** How many that is, by tenant. */
  presentByTenant(): Map<string, number> {
    const present = new Map<string, number>();
    for (const { presence, stored } of this.#entries.values())
      if (stored !== undefined && presence.state !== 'offline')
        present.set(stored.tenant, (present.get(stored.tenant) ?? 0) + 1);
    return present;
  }

  become(id: string, presence: Presence): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) {
      this.#entries.set(id, { presence, habit: [], messageAt: undefined, stored: undefined });
    } else {
      entry.presence = presence;
      if (presence.state !== 'online') entry.messageAt = undefined;
    }
    if (isNews(presence, entry?.stored)) this.#changed.add(id);
  }

  /** A message came. */
  spoke(id: string, at: number): void {
    this.become(id, heard(this.presence(id), at));
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    if (entry.messageAt !== undefined) entry.habit = learnt(entry.habit, at - entry.messageAt);
    entry.messageAt = at;
  }

  /** A request came by which it waits for orders until then. */
  waits(id: string, at: number, until: number): void {
    this.become(id, waits(this.presence(id), at, until));
  }

  doubtAll(now: number): void {
    for (const [id, { presence }] of this.#entries) this.become(id, doubted(presence, now));
  }

  /** Who was announced since the start is known better than the database knows; of all others nobody knows. */
  restore(stored: StoredPresence, now: number): void {
    const entry = this.#entries.get(stored.device);
    const known = entry?.presence;
    const since = known?.state === stored.state ? stored.since : known?.since;
    const before = { ...stored, waitsUntil: null };
    const presence = known === undefined ? doubted(before, now) : { ...known, since: since ?? known.since };
    const habit = habitOf(stored.intervalMs);
    this.#entries.set(stored.device, { presence, habit, messageAt: entry?.messageAt, stored });
    this.become(stored.device, presence);
  }

  /** What the database does not have, and which of it is more than a detail: the device came, went or fell asleep. */
  changes(tenantOf: (id: string) => string | undefined): { rows: StoredPresence[]; moved: StoredPresence[] } {
    const rows = [...this.#changed].flatMap((id): StoredPresence[] => {
      const entry = this.#entries.get(id);
      const tenant = tenantOf(id) ?? entry?.stored?.tenant;
      if (entry === undefined || tenant === undefined) return [];
      return [{ ...entry.presence, device: id, tenant, intervalMs: intervalOf(entry.habit) }];
    });
    return { rows, moved: rows.filter((row) => hasMoved(row, this.#entries.get(row.device)?.stored)) };
  }

  /** The database has them. What has become of them meanwhile waits for the next time. */
  written(rows: readonly StoredPresence[]): void {
    for (const row of rows) {
      const entry = this.#entries.get(row.device);
      if (entry === undefined) continue;
      entry.stored = row;
      if (!isNews(entry.presence, row)) this.#changed.delete(row.device);
    }
  }
}

function hasMoved({ state, since }: PresenceView, stored: StoredPresence | undefined): boolean {
  return state !== stored?.state || since !== stored.since;
}

/** Whether it differs from what the database has in more than when it was last heard. */
function isNews(presence: Presence, stored: StoredPresence | undefined): boolean {
  return (
    stored === undefined ||
    hasMoved(presence, stored) ||
    presence.connection !== stored.connection ||
    presence.doubtedUntil !== stored.doubtedUntil ||
    presence.wakesAt !== stored.wakesAt
  );
}
