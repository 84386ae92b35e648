import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from '../home/home.ts';
import type { Organisation } from '../home/organisations.ts';
import { portsOf } from '../home/ports.ts';
import { allProbes, httpProbe, listeningProbe } from '../processes/probes.ts';
import type { ProcessSpec } from '../processes/process-spec.ts';
import { organisationCrypto } from './crypto-paths.ts';
import type { FabricTools } from './tools.ts';

/** An organisation's orderer: one of the three that agree on the order of blocks by Raft. */
export function ordererProcess(home: Home, tools: FabricTools, organisation: Organisation): ProcessSpec {
  const { name } = organisation;
  const ports = portsOf(home.ports, organisation);
  return {
    name: `${name}-orderer`,
    command: join(tools.bin, 'orderer'),
    args: [],
    env: environment(home, tools, organisation),
    port: ports.orderer,
    otherPorts: [ports.ordererAdmin, ports.ordererOperations],
    ready: () => {
      const authority = readFileSync(organisationCrypto(home, name).tlsAuthority.certificateFile);
      const health = httpProbe(`https://127.0.0.1:${ports.ordererOperations}/healthz`, authority);
      return allProbes(listeningProbe(ports.orderer), listeningProbe(ports.ordererAdmin), health)();
    },
  };
}

/** Each variable overrides the key of orderer.yaml that it spells. */
function environment(home: Home, tools: FabricTools, organisation: Organisation): Record<string, string> {
  const { name, mspId } = organisation;
  const ports = portsOf(home.ports, organisation);
  const { orderer, tlsAuthority } = organisationCrypto(home, name);
  const data = home.path('data', `${name}-orderer`);
  const { certificateFile, keyFile } = orderer.tls;
  const authorities = `[${tlsAuthority.certificateFile}]`;
  return {
    FABRIC_CFG_PATH: tools.config,
    FABRIC_LOGGING_SPEC: fabricLogging(),
    ORDERER_GENERAL_LISTENADDRESS: '127.0.0.1',
    ORDERER_GENERAL_LISTENPORT: String(ports.orderer),
    ORDERER_GENERAL_LOCALMSPID: mspId,
    ORDERER_GENERAL_LOCALMSPDIR: orderer.msp,
    ORDERER_GENERAL_TLS_ENABLED: 'true',
    ORDERER_GENERAL_TLS_CERTIFICATE: certificateFile,
    ORDERER_GENERAL_TLS_PRIVATEKEY: keyFile,
    ORDERER_GENERAL_TLS_ROOTCAS: authorities,
    ORDERER_GENERAL_CLUSTER_CLIENTCERTIFICATE: certificateFile,
    ORDERER_GENERAL_CLUSTER_CLIENTPRIVATEKEY: keyFile,
    ORDERER_GENERAL_CLUSTER_RPCTIMEOUT: '1500ms',
    ORDERER_GENERAL_CLUSTER_DIALTIMEOUT: '1s',
    ORDERER_GENERAL_BOOTSTRAPMETHOD: 'none',
    ORDERER_CHANNELPARTICIPATION_ENABLED: 'true',
    ORDERER_ADMIN_LISTENADDRESS: `127.0.0.1:${ports.ordererAdmin}`,
    ORDERER_ADMIN_TLS_ENABLED: 'true',
    ORDERER_ADMIN_TLS_CERTIFICATE: certificateFile,
    ORDERER_ADMIN_TLS_PRIVATEKEY: keyFile,
    ORDERER_ADMIN_TLS_CLIENTAUTHREQUIRED: 'true',
    ORDERER_ADMIN_TLS_CLIENTROOTCAS: authorities,
    ORDERER_OPERATIONS_LISTENADDRESS: `127.0.0.1:${ports.ordererOperations}`,
    ORDERER_OPERATIONS_TLS_ENABLED: 'true',
    ORDERER_OPERATIONS_TLS_CERTIFICATE: certificateFile,
    ORDERER_OPERATIONS_TLS_PRIVATEKEY: keyFile,
    ORDERER_OPERATIONS_TLS_CLIENTAUTHREQUIRED: 'false',
    ORDERER_OPERATIONS_TLS_CLIENTROOTCAS: authorities,
    ORDERER_METRICS_PROVIDER: 'prometheus',
    ORDERER_FILELEDGER_LOCATION: data,
    ORDERER_CONSENSUS_WALDIR: join(data, 'etcdraft', 'wal'),
    ORDERER_CONSENSUS_SNAPDIR: join(data, 'etcdraft', 'snapshot'),
  };
}

/** Fabric writes several lines for each block at its usual level, which would fill a disk within days. */
export function fabricLogging(): string {
  return process.env['BIOT_FABRIC_LOG'] ?? 'warning';
}
