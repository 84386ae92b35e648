import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { PRIVATE_FOLDER, writeFileAtomically } from '../home/files.ts';
import type { Home } from '../home/home.ts';
import { allOrganisations, type Channel, CHANNELS, type Organisation } from '../home/organisations.ts';
import { portsOf } from '../home/ports.ts';
import { organisationCrypto } from './crypto-paths.ts';
import { run } from '../processes/run.ts';
import type { FabricTools } from './tools.ts';

const PROFILE = 'Consortium';

const configGroupSchema = z.looseObject({ values: z.record(z.string(), z.unknown()) });
type ConfigGroup = z.infer<typeof configGroupSchema>;

/**
 * How long a block waits to be filled. Writers here put many things into one transaction, so a transaction alone
 * in its block is the usual case, and this is most of what it waits for.
 */
const BATCH_TIMEOUT = '50ms';

/** Whose transactions the orderers take. */
const APPLICATION_WRITERS = ['admin', 'client'];

/** Blocks are signed by orderers. */
const ORDERER_WRITERS = [...APPLICATION_WRITERS, 'orderer'];

/** A channel's first block, with which orderers and peers join it. */
export function channelBlock(home: Home, channel: Channel): string {
  return home.path('channels', `${channel}.block`);
}

/** Makes both channels' first blocks, once. */
export async function ensureChannelBlocks(home: Home, tools: FabricTools): Promise<void> {
  writeFileAtomically(home.path('channels', 'configtx.yaml'), JSON.stringify(configtx(home), null, 2));
  await Promise.all(CHANNELS.map((channel) => ensureBlock(home, tools, channel)));
}

async function ensureBlock(home: Home, tools: FabricTools, channel: Channel): Promise<void> {
  const target = channelBlock(home, channel);
  if (existsSync(target)) return;
  const folder = home.path('channels');
  mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
  const draft = `${target}.draft`;
  const what = ['-profile', PROFILE, '-channelID', channel, '-outputBlock', draft, '-configPath', folder];
  await run(join(tools.bin, 'configtxgen'), what);
  renameSync(draft, target);
}

/** configtxgen's settings. YAML is a superset of JSON, so JSON is what we write. */
export function configtx(home: Home): object {
  return {
    Profiles: {
      [PROFILE]: {
        Capabilities: { V2_0: true },
        Policies: groupPolicies(),
        Orderer: ordererGroup(home),
        Application: applicationGroup(home),
      },
    },
  };
}

/**
 * What a channel's configuration says of a further organisation, as JSON in configtxlator's form: its groups among
 * the applications and the orderers, and its orderer as a consenter.
 */
export interface OrganisationDefinition {
  readonly application: unknown;
  readonly orderer: unknown;
  readonly consenter: unknown;
}

/** The definition of an organisation, of which the others need no more than what is public. */
export async function defineOrganisation(
  home: Home,
  tools: FabricTools,
  organisation: Organisation,
): Promise<OrganisationDefinition> {
  const folder = home.path('organisations', organisation.name);
  const groups = { application: APPLICATION_WRITERS, orderer: ORDERER_WRITERS };
  const named = Object.entries(groups).map(([name, writers]) => ({
    ...organisationGroup(home, organisation, writers),
    Name: name,
  }));
  writeFileAtomically(join(folder, 'configtx.yaml'), JSON.stringify({ Organizations: named }));
  const print = async (name: string): Promise<ConfigGroup> => {
    const what = ['-printOrg', name, '-configPath', folder];
    return configGroupSchema.parse(JSON.parse(await run(join(tools.bin, 'configtxgen'), what)));
  };
  const [application, orderer] = await Promise.all([print('application'), print('orderer')]);
  const { peer, orderer: port } = portsOf(home.ports, organisation);
  const { certificateFile } = organisationCrypto(home, organisation.name).orderer.tls;
  const certificate = readFileSync(certificateFile).toString('base64');
  return {
    application: {
      ...application,
      values: { MSP: application.values['MSP'], AnchorPeers: anchorPeer(peer) },
    },
    orderer,
    consenter: { host: '127.0.0.1', port, client_tls_cert: certificate, server_tls_cert: certificate },
  };
}

/** configtxgen prints what an organisation of orderers has; one of applications has anchor peers in place of endpoints. */
function anchorPeer(port: number): object {
  return { mod_policy: 'Admins', value: { anchor_peers: [{ host: '127.0.0.1', port }] }, version: '0' };
}

function applicationGroup(home: Home): object {
  return {
    Capabilities: { V2_5: true },
    Organizations: allOrganisations().map((organisation) => ({
      ...organisationGroup(home, organisation, APPLICATION_WRITERS),
      AnchorPeers: [{ Host: '127.0.0.1', Port: portsOf(home.ports, organisation).peer }],
    })),
    Policies: {
      ...groupPolicies(),
      // No organisation writes to the ledger, or changes what code may, without a second one.
      Endorsement: implicit('MAJORITY Endorsement'),
      LifecycleEndorsement: implicit('MAJORITY Endorsement'),
    },
  };
}

function ordererGroup(home: Home): object {
  return {
    OrdererType: 'etcdraft',
    BatchTimeout: BATCH_TIMEOUT,
    BatchSize: { MaxMessageCount: 500, AbsoluteMaxBytes: '10 MB', PreferredMaxBytes: '2 MB' },
    EtcdRaft: {
      Consenters: allOrganisations().map((organisation) => consenter(home, organisation)),
      // A new leader is found two to four seconds after the old one was lost (the default is five to ten).
      Options: {
        TickInterval: '200ms',
        ElectionTick: 10,
        HeartbeatTick: 1,
        MaxInflightBlocks: 5,
        // Small, so that a snapshot (a block and some bytes) soon lies behind the channel's first entries: an orderer
        // that applies those again after a crash can wait for itself for ever (etcdraft, Chain.apply: `WALSyncC`).
        SnapshotIntervalSize: '64 KB',
      },
    },
    Capabilities: { V2_0: true },
    Organizations: allOrganisations().map((organisation) =>
      organisationGroup(home, organisation, ORDERER_WRITERS),
    ),
    Policies: { ...groupPolicies(), BlockValidation: implicit('ANY Writers') },
  };
}

function consenter(home: Home, organisation: Organisation): object {
  const { certificateFile } = organisationCrypto(home, organisation.name).orderer.tls;
  return {
    Host: '127.0.0.1',
    Port: portsOf(home.ports, organisation).orderer,
    ClientTLSCert: certificateFile,
    ServerTLSCert: certificateFile,
  };
}

function organisationGroup(home: Home, organisation: Organisation, writers: readonly string[]): object {
  const { name, mspId } = organisation;
  const anyOf = (...units: string[]): object => ({
    Type: 'Signature',
    Rule: `OR(${units.map((unit) => `'${mspId}.${unit}'`).join(', ')})`,
  });
  return {
    Name: mspId,
    ID: mspId,
    MSPDir: organisationCrypto(home, name).msp,
    OrdererEndpoints: [`127.0.0.1:${portsOf(home.ports, organisation).orderer}`],
    Policies: {
      Readers: anyOf('admin', 'peer', 'client', 'orderer'),
      Writers: anyOf(...writers),
      Admins: anyOf('admin'),
      Endorsement: anyOf('peer'),
    },
  };
}

function groupPolicies(): Record<string, object> {
  return {
    Readers: implicit('ANY Readers'),
    Writers: implicit('ANY Writers'),
    Admins: implicit('MAJORITY Admins'),
  };
}

function implicit(rule: string): object {
  return { Type: 'ImplicitMeta', Rule: rule };
}
