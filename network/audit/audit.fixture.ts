import { ORGANISATION_NAMES, type OrganisationName } from '../home/organisations.ts';
import { audit } from './audit.ts';
import type { Scope } from './case.ts';
import type { Report } from './report.ts';
import type { Witness } from './witness.ts';
import { type Twist, witnessOf, World } from './world.fixture.ts';

export const ALL: Scope = { blocks: 'all', devices: 'all', patienceMs: 3_000 };

/** Time passes only while somebody waits for it. */
export function auditOf(
  witnesses: readonly Witness[],
  { scope = ALL, onPause }: { scope?: Scope; onPause?: () => void } = {},
): Promise<Report> {
  let now = 0;
  return audit(witnesses, scope, {
    clock: () => now,
    pause: (milliseconds) => {
      now += milliseconds;
      onPause?.();
      return Promise.resolve();
    },
    random: Math.random,
  });
}

export function verdicts({ peers }: Report): Record<string, string> {
  return Object.fromEntries(peers.map(({ peer, verdict }) => [peer, verdict]));
}

export const AGREED = { manufacturer: 'agrees', operator: 'agrees', auditor: 'agrees' };

/** All organisations’ peers, some of which twist what they say. */
export function peersThat(twists: Partial<Record<OrganisationName, Twist>>, world = new World()): Witness[] {
  return ORGANISATION_NAMES.map((name) => {
    const twist = twists[name];
    return witnessOf(world, name, twist === undefined ? {} : { twist });
  });
}

/** Of whom one twists what it says. */
export function peersWith(organisation: OrganisationName, twist: Twist, world?: World): Witness[] {
  return peersThat({ [organisation]: twist }, world);
}
