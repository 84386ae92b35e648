import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { PRIVATE_FOLDER, writeFileAtomically } from '../home/files.ts';
import type { Home } from '../home/home.ts';
import type { FabricTools } from './tools.ts';

/** `vm: endpoint:` with nothing but comments between. */
const DOCKER_ENDPOINT = /^(vm:\s*(?:#.*\s*)*endpoint:).*$/m;

/**
 * Copies Fabric's default settings into the home, with Docker turned off: that is the one setting that no environment
 * variable can make empty, and a peer that looks for Docker in vain calls itself unhealthy.
 *
 * @returns the programs with the home's settings.
 */
export function ensureSettings(home: Home, { bin, config }: FabricTools): FabricTools {
  const folder = home.path('config');
  mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
  const core = readFileSync(join(config, 'core.yaml'), 'utf8');
  if (!DOCKER_ENDPOINT.test(core))
    throw new BiotError('SETUP_FAILED', `${config}/core.yaml has no vm.endpoint`);
  writeFileAtomically(join(folder, 'core.yaml'), core.replace(DOCKER_ENDPOINT, '$1'));
  cpSync(join(config, 'orderer.yaml'), join(folder, 'orderer.yaml'));
  return { bin, config: folder };
}
