import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT, type Home } from '../home/home.ts';
import { portsOf } from '../home/ports.ts';
import { allProbes, httpProbe, listeningProbe } from '../processes/probes.ts';
import type { ProcessSpec } from '../processes/process-spec.ts';
import { organisationCrypto } from './crypto-paths.ts';
import { fabricLogging } from './orderer.ts';
import type { PeerSite } from './peer-site.ts';
import type { FabricTools } from './tools.ts';

const BUILDER = join(CHECKOUT, 'network', 'fabric', 'builders', 'ccaas');

/** A peer: keeps the ledger of both channels, endorses, and serves the organisation's clients. */
export function peerProcess(home: Home, tools: FabricTools, site: PeerSite): ProcessSpec {
  const { ports, organisation } = site;
  return {
    name: site.process,
    command: join(tools.bin, 'peer'),
    args: ['node', 'start'],
    env: environment(home, tools, site),
    port: ports.peer,
    otherPorts: [ports.peerChaincode, ports.peerOperations],
    ready: () => {
      const authority = readFileSync(
        organisationCrypto(home, organisation.name).tlsAuthority.certificateFile,
      );
      return allProbes(
        listeningProbe(ports.peer),
        httpProbe(`https://127.0.0.1:${ports.peerOperations}/healthz`, authority),
      )();
    },
  };
}

/** Each variable overrides the key of core.yaml that it spells. */
function environment(home: Home, tools: FabricTools, site: PeerSite): Record<string, string> {
  const data = home.path('data', site.process);
  return {
    FABRIC_CFG_PATH: tools.config,
    FABRIC_LOGGING_SPEC: fabricLogging(),
    CORE_PEER_ID: site.id,
    CORE_PEER_LOCALMSPID: site.organisation.mspId,
    CORE_PEER_MSPCONFIGPATH: site.identity.msp,
    CORE_PEER_FILESYSTEMPATH: data,
    CORE_LEDGER_SNAPSHOTS_ROOTDIR: join(data, 'snapshots'),
    CORE_LEDGER_STATE_STATEDATABASE: 'goleveldb',
    CORE_METRICS_PROVIDER: 'prometheus',
    ...addresses(site),
    ...transportSecurity(home, site),
    ...gossip(home, site),
    ...gateway(),
    ...chaincode(site),
  };
}

function addresses({ ports }: PeerSite): Record<string, string> {
  return {
    CORE_PEER_ADDRESS: `127.0.0.1:${ports.peer}`,
    CORE_PEER_LISTENADDRESS: `127.0.0.1:${ports.peer}`,
    CORE_PEER_CHAINCODEADDRESS: `127.0.0.1:${ports.peerChaincode}`,
    CORE_PEER_CHAINCODELISTENADDRESS: `127.0.0.1:${ports.peerChaincode}`,
    CORE_OPERATIONS_LISTENADDRESS: `127.0.0.1:${ports.peerOperations}`,
  };
}

function transportSecurity(home: Home, { organisation, identity }: PeerSite): Record<string, string> {
  const { tlsAuthority } = organisationCrypto(home, organisation.name);
  const { certificateFile, keyFile } = identity.tls;
  return {
    CORE_PEER_TLS_ENABLED: 'true',
    CORE_PEER_TLS_CERT_FILE: certificateFile,
    CORE_PEER_TLS_KEY_FILE: keyFile,
    CORE_PEER_TLS_ROOTCERT_FILE: tlsAuthority.certificateFile,
    CORE_OPERATIONS_TLS_ENABLED: 'true',
    CORE_OPERATIONS_TLS_CERT_FILE: certificateFile,
    CORE_OPERATIONS_TLS_KEY_FILE: keyFile,
    CORE_OPERATIONS_TLS_CLIENTAUTHREQUIRED: 'false',
    CORE_OPERATIONS_TLS_CLIENTROOTCAS_FILES: tlsAuthority.certificateFile,
  };
}

/**
 * Peers learn of each other, and of what each has installed, by gossip. Its intervals are made for large networks
 * far apart; with one peer an organisation, shorter ones make a returning peer useful within seconds.
 */
function gossip(home: Home, { organisation, ports }: PeerSite): Record<string, string> {
  const self = `127.0.0.1:${ports.peer}`;
  return {
    // The pause before the next attempt at the orderers would otherwise grow to an hour; blocks would be late by it.
    CORE_PEER_DELIVERYCLIENT_RECONNECTBACKOFFTHRESHOLD: '2s',
    CORE_PEER_GOSSIP_BOOTSTRAP: `127.0.0.1:${portsOf(home.ports, organisation).peer}`,
    CORE_PEER_GOSSIP_ENDPOINT: self,
    CORE_PEER_GOSSIP_EXTERNALENDPOINT: self,
    CORE_PEER_GOSSIP_USELEADERELECTION: 'false',
    CORE_PEER_GOSSIP_ORGLEADER: 'true',
    CORE_PEER_GOSSIP_ALIVETIMEINTERVAL: '1s',
    CORE_PEER_GOSSIP_ALIVEEXPIRATIONTIMEOUT: '5s',
    CORE_PEER_GOSSIP_RECONNECTINTERVAL: '2s',
    CORE_PEER_GOSSIP_PUBLISHSTATEINFOINTERVAL: '1s',
    CORE_PEER_GOSSIP_REQUESTSTATEINFOINTERVAL: '1s',
  };
}

/** Each bound is shorter than the client's own, so that one dead server does not use up a caller's whole time. */
function gateway(): Record<string, string> {
  return {
    CORE_PEER_GATEWAY_ENABLED: 'true',
    CORE_PEER_GATEWAY_ENDORSEMENTTIMEOUT: '10s',
    CORE_PEER_GATEWAY_BROADCASTTIMEOUT: '2s',
    CORE_PEER_GATEWAY_DIALTIMEOUT: '5s',
  };
}

function chaincode({ chaincodeConnection }: PeerSite): Record<string, string> {
  const builders = [{ name: 'ccaas', path: BUILDER, propagateEnvironment: ['BIOT_CHAINCODE_CONNECTION'] }];
  return {
    // Chaincode runs as a server of its own; the builder only tells the peer where.
    CORE_CHAINCODE_EXTERNALBUILDERS: JSON.stringify(builders),
    BIOT_CHAINCODE_CONNECTION: chaincodeConnection,
    // An absent chaincode server should be an error soon, not after Fabric's usual five minutes.
    CORE_CHAINCODE_STARTUPTIMEOUT: '10s',
  };
}
