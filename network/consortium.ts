import { type Administration, administrationOf } from './fabric/administration.ts';
import { chaincodeProcess } from './fabric/chaincode-server.ts';
import { ensureChannelBlocks } from './fabric/channel-config.ts';
import { type ContractsPackage, ensureContractsPackage } from './fabric/contracts-package.ts';
import { ensureCrypto } from './fabric/crypto.ts';
import { deployContracts, installContracts } from './fabric/deploy.ts';
import { joinOrderer, joinPeer } from './fabric/join.ts';
import { ordererProcess } from './fabric/orderer.ts';
import { peerProcess } from './fabric/peer.ts';
import { firstPeer, secondPeer } from './fabric/peer-site.ts';
import { awaitAllOrderers, awaitConsortium, awaitLeaders } from './fabric/readiness.ts';
import { ensureSettings } from './fabric/settings.ts';
import { type ConsortiumState, readState, requireState, writeState } from './fabric/state.ts';
import { findFabricTools } from './fabric/tools.ts';
import type { Home } from './home/home.ts';
import { organisationsOf, organisationsWithSecondPeer } from './home/membership.ts';
import type { Organisation } from './home/organisations.ts';
import { ensurePolicy } from './initial-policy.ts';
import { ensureTypes, GENERIC_TYPE } from './initial-types.ts';
import { createPki } from './pki/pki.ts';
import { processStatus, startProcess, stopProcess } from './processes/process-manager.ts';
import type { ProcessSpec } from './processes/process-spec.ts';

/** Told what is being done, in a few words: "starting peers and orderers". */
export type Progress = (step: string) => void;

export interface ConsortiumOptions {
  /** The folder with the built contracts. Default `chaincode/dist` of the checkout. */
  readonly contracts?: string;
}

/**
 * Makes all that the consortium needs before it can start: Fabric's programs, keys and certificates, the channels'
 * first blocks, the contracts' package. What is there already is kept.
 *
 * @throws BiotError SETUP_FAILED.
 */
export async function createConsortium(
  home: Home,
  progress: Progress,
  options: ConsortiumOptions = {},
): Promise<void> {
  const fabric = ensureSettings(home, await findFabricTools(progress));
  progress('making keys, certificates and channels');
  await ensureCrypto(home, fabric);
  await Promise.all([createPki(home), ensureChannelBlocks(home, fabric)]);
  const contracts = readState(home)?.contracts ?? ensureContractsPackage(home, options.contracts);
  writeState(home, { fabric, contracts });
}

/**
 * Starts the consortium that `createConsortium` made, in whatever state it was left: starts the servers that do not
 * run, joins channels that were not joined, deploys the contracts when they are not the ones that run, and gives
 * channels without rules those to begin with, and the registry the generic type of devices. Returns when all three organisations endorse on both channels.
 *
 * @throws BiotError NOT_SET_UP, SETUP_FAILED, PROCESS_FAILED or PORT_TAKEN.
 */
export async function startConsortium(
  home: Home,
  progress: Progress,
  options: ConsortiumOptions = {},
): Promise<void> {
  const state = requireState(home);
  const contracts = ensureContractsPackage(home, options.contracts);
  const administrations = organisationsOf(home).map((organisation) =>
    administrationOf(home, state.fabric, organisation),
  );
  const unchanged = contracts.packageId === state.contracts.packageId;
  progress('starting peers, orderers and chaincode servers');
  await Promise.all([
    ...administrations.map((administration) => startOrderer(home, state, administration)),
    ...administrations.map((administration) => startPeer(home, state, administration, contracts)),
    ...organisationsWithSecondPeer(home).map((organisation) =>
      resumeSecondPeer(home, state, organisation, contracts),
    ),
    ...(unchanged ? [startChaincodeServers(home, contracts)] : []),
  ]);
  // Orderers refuse what comes before they have a leader, which takes longer on a busy machine.
  await awaitLeaders(home);
  if (await deployContracts(home, administrations, contracts))
    progress(`deployed the contracts ${contracts.label}`);
  if (!unchanged) await exchangeChaincodeServers(home, state, contracts);
  progress('waiting until all organisations endorse');
  await awaitConsortium(home);
  if (await ensurePolicy(home)) progress('gave the channels their first rules');
  await ensureTypes(home, [GENERIC_TYPE]);
}

/**
 * After contracts were committed by hand (scripts/consortium/upgrade-chaincode.sh): the chaincode servers of the old
 * ones make way for those of the new. Servers that run these already go on.
 */
export async function serveContracts(home: Home, contracts: ContractsPackage): Promise<void> {
  const state = requireState(home);
  if (state.contracts.packageId === contracts.packageId) await startChaincodeServers(home, contracts);
  else await exchangeChaincodeServers(home, state, contracts);
}

/** The consortium's servers, for status and stopping; none when it was never created. */
export function consortiumProcesses(home: Home): ProcessSpec[] {
  const state = readState(home);
  if (state === undefined) return [];
  return [
    ...organisationsOf(home).flatMap((organisation) => serversOf(home, state, organisation)),
    ...organisationsWithSecondPeer(home).map((organisation) =>
      peerProcess(home, state.fabric, secondPeer(home, organisation)),
    ),
  ];
}

/** Starts a further organisation's servers; which channels they join is for its administrator to say. */
export async function startOrganisation(
  home: Home,
  state: ConsortiumState,
  organisation: Organisation,
): Promise<void> {
  await Promise.all(serversOf(home, state, organisation).map((spec) => startProcess(home, spec)));
}

/** Stops all servers of an organisation, those of a second peer among them. */
export async function retireOrganisation(
  home: Home,
  state: ConsortiumState,
  organisation: Organisation,
): Promise<void> {
  const second = peerProcess(home, state.fabric, secondPeer(home, organisation));
  const servers = [...serversOf(home, state, organisation), second];
  await Promise.all(servers.map((spec) => stopProcess(home, spec.name, spec)));
}

/**
 * Restarts those of the consortium's servers that are named and run, one after the other, each when all members endorse
 * and all orderers take part: so that a majority always works.
 *
 * @throws BiotError PROCESS_FAILED or SETUP_FAILED; those not yet restarted go on as they are.
 */
export async function restartServers(
  home: Home,
  names: ReadonlySet<string>,
  progress: Progress,
): Promise<void> {
  for (const spec of consortiumProcesses(home)) {
    if (!names.has(spec.name) || processStatus(home, spec).state !== 'running') continue;
    progress(`restarting ${spec.name}`);
    await stopProcess(home, spec.name, spec);
    await startProcess(home, spec);
    await awaitAllOrderers(home);
    await awaitConsortium(home);
  }
}

/** Starts an organisation's second peer, which joins the channels by a snapshot. */
export async function startSecondPeer(
  home: Home,
  { fabric }: ConsortiumState,
  organisation: Organisation,
): Promise<void> {
  await startProcess(home, peerProcess(home, fabric, secondPeer(home, organisation)));
}

function serversOf(home: Home, state: ConsortiumState, organisation: Organisation): ProcessSpec[] {
  return [
    ordererProcess(home, state.fabric, organisation),
    peerProcess(home, state.fabric, firstPeer(home, organisation)),
    chaincodeProcess(home, state.contracts, organisation),
  ];
}

async function startOrderer(
  home: Home,
  { fabric }: ConsortiumState,
  administration: Administration,
): Promise<void> {
  await startProcess(home, ordererProcess(home, fabric, administration.organisation));
  await joinOrderer(home, administration);
}

async function startPeer(
  home: Home,
  { fabric }: ConsortiumState,
  administration: Administration,
  contracts: ContractsPackage,
): Promise<void> {
  await startProcess(home, peerProcess(home, fabric, firstPeer(home, administration.organisation)));
  await Promise.all([joinPeer(home, administration), installContracts(administration, contracts)]);
}

/** It joined the channels by a snapshot, and serves and endorses once the contracts are on it. */
async function resumeSecondPeer(
  home: Home,
  state: ConsortiumState,
  organisation: Organisation,
  contracts: ContractsPackage,
): Promise<void> {
  await startSecondPeer(home, state, organisation);
  const { ports } = secondPeer(home, organisation);
  await installContracts(administrationOf(home, state.fabric, organisation, ports), contracts);
}

async function startChaincodeServers(home: Home, contracts: ContractsPackage): Promise<void> {
  await Promise.all(
    organisationsOf(home).map((organisation) =>
      startProcess(home, chaincodeProcess(home, contracts, organisation)),
    ),
  );
}

/** After an upgrade: the servers of the old contracts make way for those of the new ones. */
async function exchangeChaincodeServers(
  home: Home,
  state: ConsortiumState,
  contracts: ContractsPackage,
): Promise<void> {
  await Promise.all(
    organisationsOf(home).map(async (organisation) => {
      const old = chaincodeProcess(home, state.contracts, organisation);
      await stopProcess(home, old.name, old);
    }),
  );
  writeState(home, { fabric: state.fabric, contracts });
  await startChaincodeServers(home, contracts);
}
