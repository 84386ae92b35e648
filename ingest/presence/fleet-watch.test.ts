import { expect } from 'chai';

import { type Exodus, FleetWatch, isOver, LONGEST_EXODUS_MS } from './fleet-watch.ts';

const FLEET = Array.from({ length: 100 }, (_, index) => `press-${String(index).padStart(2, '0')}`);
const DECOMMISSIONED = FLEET.slice(0, 30);
const OTHERS = FLEET.slice(30);
const WEEK_MS = 7 * 86_400_000;
const NOBODY = new Map<string, number>();

describe('watch over a fleet', () => {
  let now: number;
  let watch: FleetWatch;
  let alerts: bigint;

  beforeEach(() => {
    now = Date.parse('2026-03-01T12:00:00Z');
    watch = new FleetWatch();
    alerts = 0n;
  });

  function leave(devices: readonly string[], at = now): void {
    for (const device of devices) watch.left({ device, tenant: 'acme', reason: 'lost', at });
  }

  function comeBack(devices: readonly string[]): void {
    for (const device of devices) watch.returned(device);
  }

  /** What is to be written about, as how many are away; it then is, under an alert of its own. */
  function write(): number[] {
    const exoduses = look();
    for (const exodus of exoduses) watch.told(exodus, exodus.alert ?? alerts++);
    return exoduses.map(({ away }) => away.size);
  }

  function look(): Exodus[] {
    return watch.look(now, NOBODY);
  }

  /** Somebody has cleared the alert, which is seen when it is to be written. */
  function findCleared(): void {
    for (const exodus of look()) watch.end(exodus);
  }

  it('writes whenever the number away has changed, and only then', () => {
    leave(FLEET);
    expect([write(), write()]).to.deep.equal([[100], []]);
    comeBack(OTHERS.slice(0, 10));
    expect([write(), write()]).to.deep.equal([[90], []]);
  });

  it('sees those go again who came back, though others never do', () => {
    leave(FLEET);
    write();
    comeBack(OTHERS);
    expect(write()).to.deep.equal([30]);
    now += 3_600_000;
    leave(OTHERS);
    expect(write()).to.deep.equal([70]);
    expect(alerts).to.equal(2n);
  });

  it('sees also those go again who were back for less than it takes to write', () => {
    leave(FLEET);
    write();
    now += 3_600_000;
    leave(OTHERS);
    expect(write().sort()).to.deep.equal([30, 70]);
    expect(alerts).to.equal(2n);
  });

  it('takes nobody for gone again whose departure could not be written', () => {
    leave(FLEET);
    write();
    now += 120_000;
    leave(FLEET, now - 120_000);
    expect(write()).to.deep.equal([]);
  });

  it('ends with an alert that somebody has cleared', () => {
    leave(FLEET);
    write();
    comeBack(OTHERS.slice(0, 1));
    findCleared();
    expect(look()).to.deep.equal([]);
    now += WEEK_MS;
    leave(OTHERS);
    expect(write()).to.deep.equal([70]);
    expect(alerts).to.equal(2n);
  });

  it('counts those anew who went since a cleared alert was written, within the minute', () => {
    leave(FLEET.slice(0, 50));
    write();
    now += 30_000;
    leave(FLEET.slice(50, 70));
    comeBack(FLEET.slice(50, 55));
    findCleared();
    expect(write()).to.deep.equal([15]);
    expect(alerts).to.equal(2n);
  });

  it('is over when four fifths are back, or after a day', () => {
    leave(FLEET);
    write();
    comeBack(OTHERS);
    write();
    now += LONGEST_EXODUS_MS - 1;
    expect(look()).to.deep.equal([]);
    now += 1;
    const [lasting] = look();
    expect(lasting?.away.size).to.equal(30);
    expect(lasting !== undefined && isOver(lasting, now)).to.equal(true);
    if (lasting !== undefined) watch.end(lasting);
    expect(look()).to.deep.equal([]);
  });

  it('goes on after a restart, and does not write of what it knew', () => {
    const at = now;
    watch.restore(
      [{ tenant: 'acme', began: at, alert: 7n }],
      FLEET.map((device) => ({ device, tenant: 'acme', reason: 'lost' as const, at })),
    );
    expect(write()).to.deep.equal([]);
    comeBack(DECOMMISSIONED);
    expect(look().map(({ alert, away }) => [alert, away.size])).to.deep.equal([[7n, 70]]);
  });
});
