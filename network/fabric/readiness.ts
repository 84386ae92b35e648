import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:https';
import { text } from 'node:stream/consumers';
import { Client, credentials } from '@grpc/grpc-js';
import { connect, type Gateway, hash, signers } from '@hyperledger/fabric-gateway';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Home } from '../home/home.ts';
import {
  allOrganisations,
  type Channel,
  CHANNELS,
  MEMBERS,
  type Organisation,
} from '../home/organisations.ts';
import { credentialsIn } from '../pki/credentials.ts';
import { waitUntil } from '../processes/wait-until.ts';
import { CHAINCODE_NAME } from './contracts-package.ts';
import { organisationCrypto } from './crypto-paths.ts';

const READY_WITHIN_MS = 60_000;
const ENDORSE_WITHIN_MS = 5_000;

/** Something every member may ask on each channel. Only endorsements are asked for: nothing is written. */
const QUESTIONS: Readonly<Record<Channel, { transaction: string; arguments: string[] }>> = {
  registry: { transaction: 'DeviceContract:List', arguments: ['1', ''] },
  anchors: { transaction: 'AnchorContract:Logs', arguments: [] },
};

/**
 * Waits until the consortium can work: each channel has a leader among the orderers, and through each organisation's
 * peer all three organisations endorse on both channels. That takes the chaincode servers, the peers, and their
 * having found each other.
 *
 * @throws BiotError SETUP_FAILED with the last reason when it does not come to that in time.
 */
export async function awaitConsortium(home: Home): Promise<void> {
  await Promise.all([
    awaitLeaders(home),
    ...allOrganisations().map((organisation) => awaitEndorsement(home, organisation)),
  ]);
}

async function awaitEndorsement(home: Home, organisation: Organisation): Promise<void> {
  const client = connectToPeer(home, organisation);
  const gateway = connectAsMember(home, organisation, client);
  let reason: unknown;
  try {
    const ready = await waitUntil(async () => {
      try {
        await Promise.all(CHANNELS.map((channel) => endorse(gateway, channel)));
        return true;
      } catch (error) {
        reason = error;
        return false;
      }
    }, READY_WITHIN_MS);
    if (!ready) {
      const what = `the organisations do not endorse together, asked through ${organisation.name}-peer`;
      throw new BiotError('SETUP_FAILED', `${what}: ${String(reason)}`, { cause: reason });
    }
  } finally {
    gateway.close();
    client.close();
  }
}

async function endorse(gateway: Gateway, channel: Channel): Promise<void> {
  const contract = gateway.getNetwork(channel).getContract(CHAINCODE_NAME);
  const endorsingOrganizations = allOrganisations().map(({ mspId }) => mspId);
  const { transaction, arguments: values } = QUESTIONS[channel];
  await contract.newProposal(transaction, { arguments: values, endorsingOrganizations }).endorse();
}

function connectToPeer(home: Home, { name }: Organisation): Client {
  const trust = credentials.createSsl(
    readFileSync(organisationCrypto(home, name).tlsAuthority.certificateFile),
  );
  return new Client(`127.0.0.1:${home.ports.organisations[name].peer}`, trust, {
    // RFC 6066 allows no address as a server name.
    'grpc.ssl_target_name_override': 'localhost',
    // Peers that are just starting refuse; gRPC's usual pauses between attempts grow to two minutes.
    'grpc.max_reconnect_backoff_ms': 500,
  });
}

function connectAsMember(home: Home, { name, mspId }: Organisation, client: Client): Gateway {
  const member = MEMBERS.find(({ organisation }) => organisation === name);
  if (member === undefined) throw new BiotError('INTERNAL', `${name} has no members`);
  const { certificateFile, keyFile } = credentialsIn(home.path('members', member.name));
  return connect({
    client,
    identity: { mspId, credentials: readFileSync(certificateFile) },
    signer: signers.newPrivateKeySigner(createPrivateKey(readFileSync(keyFile))),
    hash: hash.sha256,
    endorseOptions: () => ({ deadline: Date.now() + ENDORSE_WITHIN_MS }),
  });
}

async function awaitLeaders(home: Home): Promise<void> {
  const ready = await waitUntil(async () => {
    const metrics = await Promise.all(
      allOrganisations().map((organisation) => ordererMetrics(home, organisation)),
    );
    return CHANNELS.every((channel) =>
      metrics.some((text) => text.includes(`consensus_etcdraft_is_leader{channel="${channel}"} 1`)),
    );
  }, READY_WITHIN_MS);
  if (!ready) throw new BiotError('SETUP_FAILED', 'the orderers do not agree on a leader');
}

/** Empty when the orderer does not answer. Metrics, unlike health, are shown only to holders of a certificate. */
function ordererMetrics(home: Home, { name }: Organisation): Promise<string> {
  const { tlsAuthority, administrator } = organisationCrypto(home, name);
  const agent = new Agent({
    ca: readFileSync(tlsAuthority.certificateFile),
    cert: readFileSync(administrator.tls.certificateFile),
    key: readFileSync(administrator.tls.keyFile),
  });
  return new Promise((resolve) => {
    get(
      `https://127.0.0.1:${home.ports.organisations[name].ordererOperations}/metrics`,
      { agent },
      (response) => {
        text(response).then(resolve, () => {
          resolve('');
        });
      },
    ).once('error', () => {
      resolve('');
    });
  });
}
