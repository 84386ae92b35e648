import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { writeFileAtomically } from '../home/files.ts';
import type { Home } from '../home/home.ts';
import { knownOrganisations, organisationsOf } from '../home/membership.ts';
import { portsOf } from '../home/ports.ts';
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

/** @throws BiotError NOT_SET_UP. */
export function requireState(home: Home): ConsortiumState {
  const state = readState(home);
  if (state === undefined)
    throw new BiotError('NOT_SET_UP', `there is no consortium in ${home.root}: run npm start first`);
  return state;
}

export function writeState(home: Home, state: ConsortiumState): void {
  writeFileAtomically(stateFile(home), JSON.stringify(state, null, 2));
  writeShellSettings(home, state);
}

function stateFile(home: Home): string {
  return home.path('consortium.json');
}

/** Tells the shell scripts that the home has other organisations or peers than before. */
export function writeShellSettings(home: Home, state: ConsortiumState): void {
  writeFileAtomically(home.path('fabric.env'), shellSettings(home, state));
}

/** The same for the scripts in scripts/consortium, which are plain shell. */
function shellSettings(home: Home, { fabric }: ConsortiumState): string {
  const ports = knownOrganisations(home).flatMap((organisation) => {
    const { name } = organisation;
    const { peer, orderer, ordererAdmin, secondPeer } = portsOf(home.ports, organisation);
    return [
      `${name}_peer_port=${peer}`,
      `${name}_second_peer_port=${secondPeer.peer}`,
      `${name}_orderer_port=${orderer}`,
      `${name}_orderer_admin_port=${ordererAdmin}`,
    ];
  });
  const members = organisationsOf(home).map(({ name }) => name);
  const paths = [`FABRIC_BIN=${quote(fabric.bin)}`, `FABRIC_CFG_PATH=${quote(fabric.config)}`];
  return `${[...paths, `organisations=(${members.join(' ')})`, ...ports].join('\n')}\n`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
