import { copyFileSync, globSync } from 'node:fs';
import type { Home } from '../home/home.ts';
import { organisationsOf, organisationsWithSecondPeer } from '../home/membership.ts';
import { ensureOrganisationCrypto, ensureSecondPeerCrypto } from './crypto.ts';
import { firstPeer, type PeerSite, secondPeer } from './peer-site.ts';
import type { FabricTools } from './tools.ts';

/**
 * Lets every peer show its present certificate to its chaincode server. It keeps what the builder told it when the
 * chaincode was installed, certificate and all, and never asks again: so that is written anew in its place.
 */
export async function refreshChaincodeConnections(home: Home, tools: FabricTools): Promise<void> {
  for (const organisation of organisationsOf(home)) {
    await ensureOrganisationCrypto(home, tools, organisation);
    replaceKept(home, firstPeer(home, organisation));
  }
  for (const organisation of organisationsWithSecondPeer(home)) {
    await ensureSecondPeerCrypto(home, organisation);
    replaceKept(home, secondPeer(home, organisation));
  }
}

function replaceKept(home: Home, site: PeerSite): void {
  const builds = home.path('data', site.process, 'externalbuilder', 'builds');
  for (const file of globSync(`${builds}/*/release/chaincode/server/connection.json`))
    copyFileSync(site.chaincodeConnection, file);
}
