import type { Home } from '../home/home.ts';
import type { Organisation } from '../home/organisations.ts';
import { type PeerPorts, portsOf } from '../home/ports.ts';
import { type NodeCrypto, organisationCrypto } from './crypto-paths.ts';

/** One of an organisation's peers: every organisation has a first, and may have a second (join-from-snapshot.sh). */
export interface PeerSite {
  readonly organisation: Organisation;
  /** Names its process, its data and its log. */
  readonly process: string;
  readonly id: string;
  readonly ports: PeerPorts;
  readonly identity: NodeCrypto;
  readonly chaincodeConnection: string;
}

export function firstPeer(home: Home, organisation: Organisation): PeerSite {
  const { name } = organisation;
  const crypto = organisationCrypto(home, name);
  return {
    organisation,
    process: `${name}-peer`,
    id: `peer.${name}`,
    ports: portsOf(home.ports, organisation),
    identity: crypto.peer,
    chaincodeConnection: crypto.chaincodeConnection,
  };
}

export function secondPeer(home: Home, organisation: Organisation): PeerSite {
  const { name } = organisation;
  const crypto = organisationCrypto(home, name);
  return {
    organisation,
    process: `${name}-peer-2`,
    id: `peer-2.${name}`,
    ports: portsOf(home.ports, organisation).secondPeer,
    identity: crypto.secondPeer,
    chaincodeConnection: crypto.secondChaincodeConnection,
  };
}
