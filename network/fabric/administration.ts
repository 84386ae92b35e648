import { join } from 'node:path';
import type { Home } from '../home/home.ts';
import type { Organisation } from '../home/organisations.ts';
import { type PeerPorts, portsOf } from '../home/ports.ts';
import { organisationCrypto } from './crypto-paths.ts';
import { run } from '../processes/run.ts';
import type { FabricTools } from './tools.ts';

/** An organisation's administrator at the command line: what it does, it does in its organisation's name alone. */
export interface Administration {
  readonly organisation: Organisation;
  /** Runs `peer …` against the organisation's own peer. */
  readonly peer: (...args: string[]) => Promise<string>;
  /** Runs `osnadmin channel …` against the organisation's own orderer. */
  readonly orderer: (...args: string[]) => Promise<string>;
}

/** @param peer where the organisation's peer is. Default: its first one. */
export function administrationOf(
  home: Home,
  tools: FabricTools,
  organisation: Organisation,
  peer: PeerPorts = portsOf(home.ports, organisation),
): Administration {
  const { name, mspId } = organisation;
  const ports = portsOf(home.ports, organisation);
  const { administrator, tlsAuthority } = organisationCrypto(home, name);
  const { certificateFile, keyFile } = administrator.tls;
  const env = {
    FABRIC_CFG_PATH: tools.config,
    FABRIC_LOGGING_SPEC: 'error',
    CORE_PEER_LOCALMSPID: mspId,
    CORE_PEER_MSPCONFIGPATH: administrator.msp,
    CORE_PEER_ADDRESS: `127.0.0.1:${peer.peer}`,
    CORE_PEER_TLS_ENABLED: 'true',
    CORE_PEER_TLS_ROOTCERT_FILE: tlsAuthority.certificateFile,
  };
  const toOrderer = ['-o', `127.0.0.1:${ports.ordererAdmin}`, '--ca-file', tlsAuthority.certificateFile];
  const identity = ['--client-cert', certificateFile, '--client-key', keyFile];
  return {
    organisation,
    peer: (...args) => run(join(tools.bin, 'peer'), args, { env }),
    orderer: (...args) => run(join(tools.bin, 'osnadmin'), ['channel', ...args, ...toOrderer, ...identity]),
  };
}

/** Options with which `peer` sends a transaction to the organisation's own orderer. */
export function ordererOptions(home: Home, organisation: Organisation): string[] {
  const { tlsAuthority } = organisationCrypto(home, organisation.name);
  return [
    '-o',
    `127.0.0.1:${portsOf(home.ports, organisation).orderer}`,
    '--tls',
    '--cafile',
    tlsAuthority.certificateFile,
  ];
}

/** Options with which `peer` asks these organisations' peers to endorse. */
export function endorserOptions(home: Home, organisations: readonly Organisation[]): string[] {
  return organisations.flatMap((organisation) => [
    '--peerAddresses',
    `127.0.0.1:${portsOf(home.ports, organisation).peer}`,
    '--tlsRootCertFiles',
    organisationCrypto(home, organisation.name).tlsAuthority.certificateFile,
  ]);
}
