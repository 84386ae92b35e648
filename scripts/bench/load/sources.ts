/** Says which messages a device is to send now. */
export interface Source {
  /**
   * @param device its place in the fleet
   * @param room messages that it may send
   * @returns for each message that it is to send the instant when that was due
   */
  take(device: number, room: number, now: number): readonly number[];
}

/** As many as there is room for: how much is taken is what is measured. */
export const FLOOD: Source = {
  take: (_device, room, now) => Array.from({ length: room }, () => now),
};

/**
 * So many a second, device after device, whatever becomes of those before. A message that could not be sent when it
 * was due keeps that instant, so that a stall is seen in the latency of all that it held up, and not of one alone.
 */
export class PacedSource implements Source {
  readonly #waiting: number[][];
  readonly #intervalMs: number;
  readonly #began: number;
  #scheduled = 0;

  constructor({ devices, rate, now }: { devices: number; rate: number; now: number }) {
    this.#waiting = Array.from({ length: devices }, () => []);
    this.#intervalMs = 1000 / rate;
    this.#began = now;
  }

  /** @returns the devices that have something to send which they had not before */
  advance(now: number): number[] {
    const touched: number[] = [];
    for (;;) {
      const due = this.#began + this.#scheduled * this.#intervalMs;
      if (due > now) return touched;
      const device = this.#scheduled % this.#waiting.length;
      this.#waiting[device]?.push(due);
      touched.push(device);
      this.#scheduled += 1;
    }
  }

  take(device: number, room: number): readonly number[] {
    return this.#waiting[device]?.splice(0, room) ?? [];
  }
}
