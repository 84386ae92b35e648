import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { writeFileAtomically } from '../home/files.ts';
import type { Home } from '../home/home.ts';
import { allOrganisations } from '../home/organisations.ts';
import type { ContractsPackage } from './contracts-package.ts';
import type { FabricTools } from './tools.ts';

/** What the home remembers about its consortium: with which Fabric it runs, and which contracts its servers run. */
export interface ConsortiumState {
  readonly fabric: FabricTools;
  readonly contracts: ContractsPackage;
}

const stateSchema: z.ZodType<ConsortiumState> = z.strictObject({
  fabric: z.strictObject({ bin: z.string(), config: z.string() }),
  contracts: z.strictObject({
    version: z.string(),
    label: z.string(),
    packageId: z.string(),
    file: z.string(),
    folder: z.string(),
  }),
});

/** @returns undefined when no consortium was created in this home. */
export function readState(home: Home): ConsortiumState | undefined {
  const file = stateFile(home);
  if (!existsSync(file)) return undefined;
  try {
    return stateSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new BiotError('SETUP_FAILED', `${file} is damaged`, { cause });
  }
}

export function writeState(home: Home, state: ConsortiumState): void {
  writeFileAtomically(stateFile(home), JSON.stringify(state, null, 2));
  writeFileAtomically(home.path('fabric.env'), shellSettings(home, state));
}

function stateFile(home: Home): string {
  return home.path('consortium.json');
}

/** The same for the scripts in scripts/consortium, which are plain shell. */
function shellSettings(home: Home, { fabric }: ConsortiumState): string {
  const ports = allOrganisations().flatMap(({ name }) => {
    const { peer, orderer } = home.ports.organisations[name];
    return [`${name}_peer_port=${peer}`, `${name}_orderer_port=${orderer}`];
  });
  const paths = [`FABRIC_BIN=${quote(fabric.bin)}`, `FABRIC_CFG_PATH=${quote(fabric.config)}`];
  return `${[...paths, ...ports].join('\n')}\n`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
