import { join } from 'node:path';
import { CHECKOUT, type Home } from '../home/home.ts';
import type { Organisation } from '../home/organisations.ts';
import { portsOf } from '../home/ports.ts';
import { listeningProbe } from '../processes/probes.ts';
import type { ProcessSpec } from '../processes/process-spec.ts';
import { organisationCrypto } from './crypto-paths.ts';

const MODULES = join(CHECKOUT, 'node_modules');
const SERVER = join(MODULES, 'fabric-shim', 'cli.js');

/**
 * An organisation's chaincode server: runs the contracts for both channels and lets only the organisation's own peer
 * in, by mutual TLS.
 */
export function chaincodeProcess(
  home: Home,
  contracts: { readonly packageId: string; readonly folder: string },
  organisation: Organisation,
): ProcessSpec {
  const { name } = organisation;
  const crypto = organisationCrypto(home, name);
  const port = portsOf(home.ports, organisation).chaincode;
  return {
    name: `${name}-chaincode`,
    command: process.execPath,
    args: [SERVER, 'server', '--module-path', contracts.folder],
    cwd: contracts.folder,
    env: {
      // The code lies in the home and its modules in the checkout.
      NODE_PATH: MODULES,
      CORE_CHAINCODE_ID: contracts.packageId,
      CORE_CHAINCODE_ADDRESS: `127.0.0.1:${port}`,
      CORE_CHAINCODE_LOGGING_LEVEL: 'warning',
      CORE_CHAINCODE_TLS_CERT_FILE: crypto.chaincode.certificateFile,
      CORE_CHAINCODE_TLS_KEY_FILE: crypto.chaincode.keyFile,
      CORE_CHAINCODE_TLS_CLIENT_CACERT_FILE: crypto.tlsAuthority.certificateFile,
    },
    port,
    ready: listeningProbe(port),
    stopWithinMs: 3_000,
  };
}
