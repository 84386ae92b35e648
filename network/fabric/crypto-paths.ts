import { join } from 'node:path';
import type { Home } from '../home/home.ts';
import type { Credentials } from '../pki/credentials.ts';

/** A server's identity on the ledger and for TLS. */
export interface NodeCrypto {
  readonly msp: string;
  readonly tls: Credentials;
}

/** Where an organisation's keys and certificates lie, as cryptogen lays them out and with what we add beside them. */
export interface OrganisationCrypto {
  /** What the other organisations know of it: its authorities' certificates. */
  readonly msp: string;
  readonly authority: Credentials;
  readonly tlsAuthority: Credentials;
  readonly peer: NodeCrypto;
  readonly secondPeer: NodeCrypto;
  readonly orderer: NodeCrypto;
  /** Fabric's own administrator: installs and approves chaincode and joins channels; has no role in the contracts. */
  readonly administrator: NodeCrypto;
  readonly chaincode: Credentials;
  /** How the organisation's peer reaches its chaincode server: address and TLS keys. */
  readonly chaincodeConnection: string;
  /** The same for its second peer. */
  readonly secondChaincodeConnection: string;
}

export function organisationCrypto(home: Home, name: string): OrganisationCrypto {
  const root = home.path('crypto', 'peerOrganizations', name);
  return {
    msp: join(root, 'msp'),
    authority: authorityIn(join(root, 'ca'), `ca.${name}`),
    tlsAuthority: authorityIn(join(root, 'tlsca'), `tlsca.${name}`),
    peer: nodeIn(join(root, 'peers', `peer.${name}`), 'server'),
    secondPeer: nodeIn(join(root, 'peers', `peer-2.${name}`), 'server'),
    orderer: nodeIn(join(root, 'orderers', `orderer.${name}`), 'server'),
    administrator: nodeIn(join(root, 'users', `Admin@${name}`), 'client'),
    chaincode: tlsIn(join(root, 'chaincode'), 'server'),
    chaincodeConnection: join(root, 'chaincode', 'connection.json'),
    secondChaincodeConnection: join(root, 'chaincode', 'connection-2.json'),
  };
}

function authorityIn(folder: string, commonName: string): Credentials {
  return { certificateFile: join(folder, `${commonName}-cert.pem`), keyFile: join(folder, 'priv_sk') };
}

function nodeIn(folder: string, side: 'server' | 'client'): NodeCrypto {
  return { msp: join(folder, 'msp'), tls: tlsIn(join(folder, 'tls'), side) };
}

function tlsIn(folder: string, side: 'server' | 'client'): Credentials {
  return { certificateFile: join(folder, `${side}.crt`), keyFile: join(folder, `${side}.key`) };
}
