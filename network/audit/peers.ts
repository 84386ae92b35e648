import { readFileSync } from 'node:fs';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { organisationCrypto } from '../fabric/crypto-paths.ts';
import { firstPeer, type PeerSite, secondPeer } from '../fabric/peer-site.ts';
import type { Home } from '../home/home.ts';
import { organisationsOf, organisationsWithSecondPeer } from '../home/membership.ts';
import type { AuditRequest } from './request.ts';
import type { Peer } from './witness.ts';

/**
 * The peers of all members of the consortium, the second ones of an organisation too.
 *
 * @param addresses where peers are that are not at their places in this instance, by their names
 * @throws BiotError INVALID_ARGUMENT for an address of a peer that there is not
 */
export function peersOf(home: Home, addresses: AuditRequest['addresses']): Peer[] {
  const sites = [
    ...organisationsOf(home).map((organisation) => firstPeer(home, organisation)),
    ...organisationsWithSecondPeer(home).map((organisation) => secondPeer(home, organisation)),
  ];
  const names = sites.map(nameOf);
  const stranger = Object.keys(addresses).find((name) => !names.includes(name));
  if (stranger !== undefined)
    throw new BiotError('INVALID_ARGUMENT', `there is no peer ${stranger}: there are ${names.join(', ')}`);
  return sites.map((site) => {
    const { organisation, ports } = site;
    const name = nameOf(site);
    return {
      name,
      organisation,
      address: addresses[name] ?? `127.0.0.1:${ports.peer}`,
      tlsRootCertificate: readFileSync(
        organisationCrypto(home, organisation.name).tlsAuthority.certificateFile,
        'utf8',
      ),
    };
  });
}

/** As people know it: `operator`, and `operator-2` for a second one. */
function nameOf({ process }: PeerSite): string {
  return process.replace('-peer', '');
}
