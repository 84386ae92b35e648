/** What is known about a device's being there, and how that changes: pure, the instants are handed in. */
import type { Announcement } from '../../chaincode/protocol/presence/announcement.ts';
import type { PresenceView } from '../../chaincode/protocol/presence/presence.ts';

/** Instants are milliseconds since the Unix epoch. */
export interface Presence extends PresenceView {
  /** The connection that the broker vouches for, by the device's name for it; null when there is none. */
  readonly connection: string | null;
  /** It is lost then, unless something is heard of it before; null when nothing speaks for that. */
  readonly doubtedUntil: number | null;
  /** Until when it waits for orders, by a request of its own; null when it never did since it came. */
  readonly waitsUntil: number | null;
  /** When it was last heard. */
  readonly seen: number;
}

/** Within it a device whose connection was lost makes another one: that is no absence. */
const LOST_GRACE_MS = 5_000;
/** The same for a whole fleet, after nobody could watch it: the broker was away, or the worker. */
export const RETURN_GRACE_MS = 30_000;
/** How late one may wake up. */
const WAKE_GRACE_MS = 30_000;
/** What a device is called whose connection has no name. */
const UNNAMED = '';

const PRESENT = { state: 'online', reason: null, wakesAt: null, doubtedUntil: null } as const;

/** A message of the device came, whichever way. */
export function heard(known: Presence | undefined, at: number): Presence {
  if (known === undefined) return { ...PRESENT, connection: null, waitsUntil: null, since: at, seen: at };
  const seen = Math.max(known.seen, at);
  return { ...known, ...PRESENT, since: known.state === 'online' ? known.since : at, seen };
}

/** It asked for its orders, and waits for them until then at the longest. */
export function waits(known: Presence | undefined, at: number, until: number): Presence {
  const present = heard(known, at);
  return { ...present, waitsUntil: Math.max(present.waitsUntil ?? until, until) };
}

/** It waits no more: it said so, or does not take what it is told. */
export function waited(known: Presence, at: number): Presence {
  return isWaiting(known, at) ? { ...known, waitsUntil: at } : known;
}

function isWaiting({ waitsUntil }: Presence, at: number): boolean {
  return waitsUntil !== null && at < waitsUntil;
}

export interface Announced {
  readonly announcement: Announcement;
  readonly at: number;
  /** The broker had kept it: it says how things stand, and not that the device spoke just now. */
  readonly retained: boolean;
}

/** What the device, or the broker in its name, has said. */
export function announced(known: Presence | undefined, said: Announced): Presence {
  const { announcement, at, retained } = said;
  if (announcement.state === 'online') return arrived(known, said, announcement.connection ?? UNNAMED);
  // What was kept may be older than what was heard since; only of whom nobody knows better it says something.
  if (retained && known !== undefined && known.doubtedUntil === null) return known;
  return left(known ?? heard(undefined, at), announcement, at);
}

function arrived(
  known: Presence | undefined,
  { at, retained }: Pick<Announced, 'at' | 'retained'>,
  connection: string,
): Presence {
  const present = heard(known, at);
  return { ...present, connection, seen: retained ? (known?.seen ?? at) : present.seen };
}

function left(
  known: Presence,
  announcement: Exclude<Announcement, { state: 'online' }>,
  at: number,
): Presence {
  if (isOfEarlier(known, announcement)) return known;
  const gone = { ...known, connection: null, doubtedUntil: null };
  if (announcement.state === 'sleeping') {
    const since = known.state === 'sleeping' ? known.since : at;
    const wakesAt = at + announcement.seconds * 1000;
    return { ...gone, state: 'sleeping', since, reason: null, wakesAt, waitsUntil: null };
  }
  if (known.state === 'offline' || (known.state === 'sleeping' && announcement.reason === 'lost'))
    return gone;
  if (announcement.reason === 'closed') return absent(gone, 'closed', at);
  return unvouched(known, at, Math.min(known.doubtedUntil ?? Infinity, at + LOST_GRACE_MS));
}

/** Who waits for orders meanwhile, which the broker knows nothing of, is there all the same. */
function unvouched(known: Presence, at: number, doubtedUntil: number): Presence {
  return { ...known, connection: null, doubtedUntil: isWaiting(known, at) ? null : doubtedUntil };
}

/** The broker tells the end of a connection also after its device has made another one. */
function isOfEarlier({ connection }: Presence, announcement: Announcement): boolean {
  const named = announcement.connection;
  return connection !== null && connection !== UNNAMED && named !== undefined && named !== connection;
}

/** Nobody can say any more whether its connection stands: the broker has begun anew, or the worker has. */
export function doubted(known: Presence, at: number): Presence {
  if (known.connection === null && known.doubtedUntil === null) return known;
  return unvouched(known, at, at + RETURN_GRACE_MS);
}

export interface Circumstances {
  readonly now: number;
  /** Since when devices can be heard without a break. */
  readonly listening: number;
  /** For how long nothing need be heard of it. */
  readonly allowanceMs: number;
  /** Whether the ledger lets it in. */
  readonly admitted: boolean;
}

/** What the passing of time makes of it. @returns the very same when it makes nothing */
export function elapsed(known: Presence, circumstances: Circumstances): Presence {
  const { now, admitted } = circumstances;
  if (known.state === 'offline') return known;
  if (!admitted) return absent(known, 'turned away', now);
  if (known.connection !== null) return known;
  if (known.doubtedUntil !== null) return now < known.doubtedUntil ? known : absent(known, 'lost', now);
  return isOverdue(known, circumstances)
    ? absent(known, known.state === 'sleeping' ? 'overslept' : 'silence', now)
    : known;
}

function isOverdue(known: Presence, { now, listening, allowanceMs }: Circumstances): boolean {
  const { seen, waitsUntil, wakesAt } = known;
  return wakesAt === null
    ? now > Math.max(seen, waitsUntil ?? seen, listening) + allowanceMs
    : now > Math.max(wakesAt, listening) + WAKE_GRACE_MS;
}

function absent(known: Presence, reason: NonNullable<Presence['reason']>, at: number): Presence {
  return {
    ...known,
    state: 'offline',
    reason,
    since: at,
    wakesAt: null,
    connection: null,
    doubtedUntil: null,
    waitsUntil: null,
  };
}
