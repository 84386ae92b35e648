import type { AbsenceReason } from '../../chaincode/protocol/presence/presence.ts';

/** Devices of a tenant that went at about the same time. */
export interface Exodus {
  readonly tenant: string;
  readonly began: number;
  /** When the last one went. */
  latest: number;
  /** All that went, by the reason. */
  readonly gone: Map<string, AbsenceReason>;
  /** Those of them that have not come back, and when each went. */
  readonly away: Map<string, number>;
  /** The alert about it; undefined until it is written. */
  alert: bigint | undefined;
  /** How many were away when the alert was written last, and who went since. */
  toldAway: number;
  readonly untold: Map<string, Departure>;
}

export interface Departure {
  readonly device: string;
  readonly tenant: string;
  readonly reason: AbsenceReason;
  readonly at: number;
}

/** What is no fleet is seen device by device. */
const LEAST = 10;
const SHARE = 0.2;
/** What goes within it went at once: a broker finds dead connections one after the other. */
const AT_ONCE_MS = 60_000;
/** It is over when so many of a hundred have come back. */
const BACK_SHARE = 0.8;
/** Or after so long: who has not come back by then may never, and would keep it open for ever. */
export const LONGEST_EXODUS_MS = 24 * 3_600_000;

/** Reasons that nobody intended. */
const UNINTENDED: ReadonlySet<AbsenceReason | null> = new Set(['lost', 'silence', 'overslept']);

export function isUnintended(reason: AbsenceReason | null): reason is AbsenceReason {
  return UNINTENDED.has(reason);
}

/**
 * Sees when a fleet goes at once, which is one thing that happened: a broker, a network, a site. It makes one alert,
 * however many go, until most of them are back, somebody clears it, or a day has gone by.
 */
export class FleetWatch {
  /** By device. */
  readonly #recent = new Map<string, Departure>();
  readonly #exoduses = new Set<Exodus>();

  /** Goes on with what was written before a restart. @param away devices that are gone now, and since when */
  restore(open: readonly Pick<Exodus, 'tenant' | 'began' | 'alert'>[], away: readonly Departure[]): void {
    for (const { tenant, began, alert } of open) this.#exoduses.add(newExodus(tenant, began, alert));
    for (const departure of away) {
      const exodus = [...this.#exoduses].findLast(
        ({ tenant, began }) => tenant === departure.tenant && began - AT_ONCE_MS <= departure.at,
      );
      if (exodus !== undefined) join(exodus, departure);
    }
    for (const exodus of this.#exoduses) this.told(exodus, exodus.alert);
  }

  left(departure: Departure): void {
    const { device, tenant, at } = departure;
    const exoduses = [...this.#exoduses].filter((each) => each.tenant === tenant);
    if (exoduses.some(({ away }) => away.get(device) === at)) return;
    // Who goes at another time was back in between, however shortly.
    this.returned(device);
    const exodus = exoduses.find(({ latest }) => at - latest < AT_ONCE_MS);
    if (exodus === undefined) this.#recent.set(device, departure);
    else join(exodus, departure);
  }

  returned(device: string): void {
    for (const { away, untold } of this.#exoduses) {
      away.delete(device);
      untold.delete(device);
    }
    this.#recent.delete(device);
  }

  /** @param present how many devices of each tenant are not offline @returns what is to be written about */
  look(now: number, present: ReadonlyMap<string, number>): Exodus[] {
    for (const { device, at } of this.#recent.values())
      if (at <= now - AT_ONCE_MS) this.#recent.delete(device);
    for (const [tenant, gone] of Map.groupBy(this.#recent.values(), (each) => each.tenant)) {
      const before = gone.length + (present.get(tenant) ?? 0);
      if (gone.length >= Math.max(LEAST, SHARE * before)) this.#begin(tenant, gone);
    }
    return [...this.#exoduses].filter(
      (exodus) => exodus.untold.size > 0 || exodus.toldAway !== exodus.away.size || isOver(exodus, now),
    );
  }

  /** It is written. No device can have gone meanwhile without being told here afterwards. */
  told(exodus: Exodus, alert: Exodus['alert']): void {
    exodus.alert = alert;
    exodus.toldAway = exodus.away.size;
    exodus.untold.clear();
  }

  /** No more need be said about it. Who went since it was told is nobody that its alert knew of, and counts anew. */
  end(exodus: Exodus): void {
    this.#exoduses.delete(exodus);
    for (const [device, departure] of exodus.untold) this.#recent.set(device, departure);
  }

  #begin(tenant: string, gone: readonly Departure[]): void {
    const exodus = newExodus(tenant, Math.min(...gone.map(({ at }) => at)), undefined);
    for (const departure of gone) {
      join(exodus, departure);
      this.#recent.delete(departure.device);
    }
    this.#exoduses.add(exodus);
  }
}

export function isOver({ away, began, gone }: Exodus, now: number): boolean {
  return away.size <= (1 - BACK_SHARE) * gone.size || now - began >= LONGEST_EXODUS_MS;
}

function newExodus(tenant: string, began: number, alert: Exodus['alert']): Exodus {
  return {
    ...{ tenant, began, latest: began, alert, toldAway: 0 },
    ...{ gone: new Map(), away: new Map(), untold: new Map() },
  };
}

function join(exodus: Exodus, departure: Departure): void {
  const { device, reason, at } = departure;
  exodus.gone.set(device, reason);
  exodus.away.set(device, at);
  exodus.untold.set(device, departure);
  exodus.latest = Math.max(exodus.latest, at);
}
