import { z } from 'zod';
import type { Home } from '../home/home.ts';
import { type Channel, CHANNELS } from '../home/organisations.ts';
import { type Administration, endorserOptions, ordererOptions } from './administration.ts';
import { CHAINCODE_NAME, type ContractsPackage } from './contracts-package.ts';

const installedSchema = z.object({
  installed_chaincodes: z.array(z.object({ package_id: z.string() })).default([]),
});
const committedSchema = z.object({
  chaincode_definitions: z
    .array(z.object({ name: z.string(), version: z.string(), sequence: z.int() }))
    .default([]),
});
const approvalsSchema = z.object({ approvals: z.record(z.string(), z.boolean()) });

/** Installs the contracts on the organisation's peer, unless they are. */
export async function installContracts({ peer }: Administration, contracts: ContractsPackage): Promise<void> {
  const answer = await peer('lifecycle', 'chaincode', 'queryinstalled', '--output', 'json');
  const installed = installedSchema.parse(JSON.parse(answer)).installed_chaincodes;
  if (installed.some(({ package_id: id }) => id === contracts.packageId)) return;
  await peer('lifecycle', 'chaincode', 'install', contracts.file);
}

/**
 * Makes the contracts what both channels run: every organisation approves them, then one commits. Contracts that
 * run already are left alone; others are upgraded.
 * @returns whether the channels ran other contracts before.
 */
export async function deployContracts(
  home: Home,
  administrations: readonly Administration[],
  contracts: ContractsPackage,
): Promise<boolean> {
  const changed = await Promise.all(
    CHANNELS.map((channel) => deployTo(home, channel, administrations, contracts)),
  );
  return changed.includes(true);
}

async function deployTo(
  home: Home,
  channel: Channel,
  administrations: readonly Administration[],
  contracts: ContractsPackage,
): Promise<boolean> {
  const [committer] = administrations;
  if (committer === undefined) return false;
  const running = await runningDefinition(committer, channel);
  const isRunning = running?.version === contracts.version;
  const sequence = (running?.sequence ?? 0) + (isRunning ? 0 : 1);
  const definition = [
    '-C',
    channel,
    '-n',
    CHAINCODE_NAME,
    '--version',
    contracts.version,
    '--sequence',
    String(sequence),
  ];
  const approvals = isRunning
    ? await approvalsOfRunning(committer, channel)
    : await approvalsOfNext(committer, definition);
  // One that approved before, perhaps in a start that was interrupted, must not do it again: peers refuse that. One
  // that did not, because the others were a majority without it, cannot endorse until it does.
  const undecided = administrations.filter(({ organisation }) => approvals[organisation.mspId] !== true);
  await Promise.all(undecided.map((administration) => approve(home, administration, definition, contracts)));
  if (!isRunning) await commit(home, committer, definition, administrations);
  return !isRunning;
}

async function runningDefinition(
  { peer }: Administration,
  channel: Channel,
): Promise<{ version: string; sequence: number } | undefined> {
  const answer = await peer('lifecycle', 'chaincode', 'querycommitted', '-C', channel, '--output', 'json');
  return committedSchema
    .parse(JSON.parse(answer))
    .chaincode_definitions.find(({ name }) => name === CHAINCODE_NAME);
}

async function approvalsOfRunning(
  { peer }: Administration,
  channel: Channel,
): Promise<Record<string, boolean>> {
  const answer = await peer(
    'lifecycle',
    'chaincode',
    'querycommitted',
    '-C',
    channel,
    '-n',
    CHAINCODE_NAME,
    '--output',
    'json',
  );
  return approvalsSchema.parse(JSON.parse(answer)).approvals;
}

async function approvalsOfNext(
  { peer }: Administration,
  definition: readonly string[],
): Promise<Record<string, boolean>> {
  const answer = await peer(
    'lifecycle',
    'chaincode',
    'checkcommitreadiness',
    ...definition,
    '--output',
    'json',
  );
  return approvalsSchema.parse(JSON.parse(answer)).approvals;
}

async function approve(
  home: Home,
  { organisation, peer }: Administration,
  definition: readonly string[],
  contracts: ContractsPackage,
): Promise<void> {
  const orderer = ordererOptions(home, organisation);
  await peer(
    'lifecycle',
    'chaincode',
    'approveformyorg',
    ...definition,
    '--package-id',
    contracts.packageId,
    ...orderer,
  );
}

async function commit(
  home: Home,
  { organisation, peer }: Administration,
  definition: readonly string[],
  administrations: readonly Administration[],
): Promise<void> {
  const endorsers = endorserOptions(
    home,
    administrations.map((administration) => administration.organisation),
  );
  await peer(
    'lifecycle',
    'chaincode',
    'commit',
    ...definition,
    ...ordererOptions(home, organisation),
    ...endorsers,
  );
}
