import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT, type Home } from '../home/home.ts';
import type { Organisation } from '../home/organisations.ts';
import { allProbes, httpProbe, listeningProbe } from '../processes/probes.ts';
import type { ProcessSpec } from '../processes/process-spec.ts';
import { organisationCrypto } from './crypto-paths.ts';
import { fabricLogging } from './orderer.ts';
import type { FabricTools } from './tools.ts';

const BUILDER = join(CHECKOUT, 'network', 'fabric', 'builders', 'ccaas');

/** An organisation's peer: keeps the ledger of both channels, endorses, and serves the organisation's clients. */
export function peerProcess(home: Home, tools: FabricTools, organisation: Organisation): ProcessSpec {
  const { name } = organisation;
  const ports = home.ports.organisations[name];
  return {
    name: `${name}-peer`,
    command: join(tools.bin, 'peer'),
    args: ['node', 'start'],
    env: environment(home, tools, organisation),
    port: ports.peer,
    otherPorts: [ports.peerChaincode, ports.peerOperations],
    ready: () => {
      const authority = readFileSync(organisationCrypto(home, name).tlsAuthority.certificateFile);
      return allProbes(
        listeningProbe(ports.peer),
        httpProbe(`https://127.0.0.1:${ports.peerOperations}/healthz`, authority),
      )();
    },
  };
}

/** Each variable overrides the key of core.yaml that it spells. */
function environment(home: Home, tools: FabricTools, organisation: Organisation): Record<string, string> {
  const data = home.path('data', `${organisation.name}-peer`);
  return {
    FABRIC_CFG_PATH: tools.config,
    FABRIC_LOGGING_SPEC: fabricLogging(),
    CORE_PEER_ID: `peer.${organisation.name}`,
    CORE_PEER_LOCALMSPID: organisation.mspId,
    CORE_PEER_MSPCONFIGPATH: organisationCrypto(home, organisation.name).peer.msp,
    CORE_PEER_FILESYSTEMPATH: data,
    CORE_LEDGER_SNAPSHOTS_ROOTDIR: join(data, 'snapshots'),
    CORE_LEDGER_STATE_STATEDATABASE: 'goleveldb',
    CORE_METRICS_PROVIDER: 'prometheus',
    ...addresses(home, organisation),
    ...transportSecurity(home, organisation),
    ...gossip(home, organisation),
    ...gateway(),
    ...chaincode(home, organisation),
  };
}

function addresses(home: Home, { name }: Organisation): Record<string, string> {
  const ports = home.ports.organisations[name];
  return {
    CORE_PEER_ADDRESS: `127.0.0.1:${ports.peer}`,
    CORE_PEER_LISTENADDRESS: `127.0.0.1:${ports.peer}`,
    CORE_PEER_CHAINCODEADDRESS: `127.0.0.1:${ports.peerChaincode}`,
    CORE_PEER_CHAINCODELISTENADDRESS: `127.0.0.1:${ports.peerChaincode}`,
    CORE_OPERATIONS_LISTENADDRESS: `127.0.0.1:${ports.peerOperations}`,
  };
}

function transportSecurity(home: Home, { name }: Organisation): Record<string, string> {
  const { peer, tlsAuthority } = organisationCrypto(home, name);
  const { certificateFile, keyFile } = peer.tls;
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
function gossip(home: Home, { name }: Organisation): Record<string, string> {
  const self = `127.0.0.1:${home.ports.organisations[name].peer}`;
  return {
    // The pause before the next attempt at the orderers would otherwise grow to an hour; blocks would be late by it.
    CORE_PEER_DELIVERYCLIENT_RECONNECTBACKOFFTHRESHOLD: '2s',
    CORE_PEER_GOSSIP_BOOTSTRAP: self,
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

function chaincode(home: Home, { name }: Organisation): Record<string, string> {
  const builders = [{ name: 'ccaas', path: BUILDER, propagateEnvironment: ['BIOT_CHAINCODE_CONNECTION'] }];
  return {
    // Chaincode runs as a server of its own; the builder only tells the peer where.
    CORE_CHAINCODE_EXTERNALBUILDERS: JSON.stringify(builders),
    BIOT_CHAINCODE_CONNECTION: organisationCrypto(home, name).chaincodeConnection,
    // An absent chaincode server should be an error soon, not after Fabric's usual five minutes.
    CORE_CHAINCODE_STARTUPTIMEOUT: '10s',
  };
}
