import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { PRIVATE_FOLDER, writeFileAtomically } from '../home/files.ts';
import type { Home } from '../home/home.ts';
import { allOrganisations, type Channel, CHANNELS, type Organisation } from '../home/organisations.ts';
import { organisationCrypto } from './crypto-paths.ts';
import { run } from '../processes/run.ts';
import type { FabricTools } from './tools.ts';

const PROFILE = 'Consortium';

/**
 * How long a block waits to be filled. Writers here put many things into one transaction, so a transaction alone
 * in its block is the usual case, and this is most of what it waits for.
 */
const BATCH_TIMEOUT = '50ms';

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

function applicationGroup(home: Home): object {
  return {
    Capabilities: { V2_5: true },
    Organizations: allOrganisations().map((organisation) => ({
      ...organisationGroup(home, organisation, ['admin', 'client']),
      AnchorPeers: [{ Host: '127.0.0.1', Port: home.ports.organisations[organisation.name].peer }],
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
      organisationGroup(home, organisation, ['admin', 'client', 'orderer']),
    ),
    Policies: { ...groupPolicies(), BlockValidation: implicit('ANY Writers') },
  };
}

function consenter(home: Home, { name }: Organisation): object {
  const { certificateFile } = organisationCrypto(home, name).orderer.tls;
  return {
    Host: '127.0.0.1',
    Port: home.ports.organisations[name].orderer,
    ClientTLSCert: certificateFile,
    ServerTLSCert: certificateFile,
  };
}

function organisationGroup(home: Home, { name, mspId }: Organisation, writers: readonly string[]): object {
  const anyOf = (...units: string[]): object => ({
    Type: 'Signature',
    Rule: `OR(${units.map((unit) => `'${mspId}.${unit}'`).join(', ')})`,
  });
  return {
    Name: mspId,
    ID: mspId,
    MSPDir: organisationCrypto(home, name).msp,
    OrdererEndpoints: [`127.0.0.1:${home.ports.organisations[name].orderer}`],
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
