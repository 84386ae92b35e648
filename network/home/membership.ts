import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { writeFileAtomically } from './files.ts';
import type { Home } from './home.ts';
import { allOrganisations, type Organisation, ORGANISATION_NAMES } from './organisations.ts';
import { MOST_ORGANISATIONS } from './ports.ts';

/**
 * What a home runs beside the founders and their peers (`membership.json`): organisations that the consortium
 * admitted later, or that ask for it, and second peers. Who is a member is decided in the channels' configurations;
 * this is what the home has servers, keys and ports for.
 */
const membershipSchema = z.strictObject({
  organisations: z.array(
    z.strictObject({ name: z.string(), index: z.int().nonnegative(), admitted: z.boolean() }),
  ),
  /** Names of organisations that have a second peer. */
  secondPeers: z.array(z.string()),
});

type Membership = z.infer<typeof membershipSchema>;

/** A name is part of host names, paths, shell variables and, its first letter in upper case, of the MSP id. */
const NAME = /^[a-z][a-z0-9]{1,30}$/;

/** The members of the consortium that this home has servers for: the founders and those admitted later. */
export function organisationsOf(home: Home): Organisation[] {
  return [...allOrganisations(), ...further(home, ({ admitted }) => admitted)];
}

/** Also those that are not, or no longer, members. */
export function knownOrganisations(home: Home): Organisation[] {
  return [...allOrganisations(), ...further(home, () => true)];
}

/** @throws BiotError NOT_FOUND for an organisation that has nothing here. */
export function requireOrganisation(home: Home, name: string): Organisation {
  const organisation = knownOrganisations(home).find((known) => known.name === name);
  if (organisation !== undefined) return organisation;
  const names = knownOrganisations(home).map((known) => known.name);
  throw new BiotError('NOT_FOUND', `no organisation ${name}: there are ${names.join(', ')}`);
}

/**
 * Gives an organisation a place, with ports of its own, in the home. One that has a place keeps it.
 * @throws BiotError INVALID_ARGUMENT for a name that cannot be one or is a founder's; SETUP_FAILED when there is no room.
 */
export function makeRoomFor(home: Home, name: string): Organisation {
  if (!NAME.test(name))
    throw new BiotError(
      'INVALID_ARGUMENT',
      `${JSON.stringify(name)} cannot name an organisation: a-z and 0-9 only`,
    );
  if (isFounder(name)) throw new BiotError('INVALID_ARGUMENT', `${name} founded the consortium`);
  const { organisations, secondPeers } = readMembership(home);
  const known = organisations.find((organisation) => organisation.name === name);
  if (known !== undefined) return organisationAt(known);
  const taken = new Set(organisations.map(({ index }) => index));
  const index = places().find((place) => !taken.has(place));
  if (index === undefined)
    throw new BiotError('SETUP_FAILED', 'there are no ports left for a further organisation');
  writeMembership(home, {
    organisations: [...organisations, { name, index, admitted: false }],
    secondPeers,
  });
  return organisationAt({ name, index });
}

/** Notes that the channels have admitted the organisation, or have parted from it. */
export function noteAdmission(home: Home, name: string, admitted: boolean): void {
  const membership = readMembership(home);
  writeMembership(home, {
    ...membership,
    organisations: membership.organisations.map((organisation) =>
      organisation.name === name ? { ...organisation, admitted } : organisation,
    ),
  });
}

/** The members that have a second peer. */
export function organisationsWithSecondPeer(home: Home): Organisation[] {
  const { secondPeers } = readMembership(home);
  return organisationsOf(home).filter(({ name }) => secondPeers.includes(name));
}

export function noteSecondPeer(home: Home, name: string): void {
  const membership = readMembership(home);
  writeMembership(home, {
    ...membership,
    secondPeers: [...new Set([...membership.secondPeers, name])],
  });
}

function isFounder(name: string): boolean {
  return ORGANISATION_NAMES.some((founder) => founder === name);
}

function further(home: Home, which: (organisation: { admitted: boolean }) => boolean): Organisation[] {
  return readMembership(home).organisations.filter(which).map(organisationAt);
}

function organisationAt({ name, index }: { name: string; index: number }): Organisation {
  return { name, mspId: `${name.charAt(0).toUpperCase()}${name.slice(1)}MSP`, index };
}

/** The founders have the first places. */
function places(): number[] {
  return Array.from({ length: MOST_ORGANISATIONS }, (_, index) => index).slice(ORGANISATION_NAMES.length);
}

function readMembership(home: Home): Membership {
  const file = membershipFile(home);
  if (!existsSync(file)) return { organisations: [], secondPeers: [] };
  try {
    return membershipSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new BiotError('SETUP_FAILED', `${file} is damaged`, { cause });
  }
}

function writeMembership(home: Home, membership: Membership): void {
  writeFileAtomically(membershipFile(home), JSON.stringify(membership, null, 2));
}

export function membershipFile(home: Home): string {
  return home.path('membership.json');
}
