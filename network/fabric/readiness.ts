import { connect, type Gateway } from '@hyperledger/fabric-gateway';
import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:https';
import { text } from 'node:stream/consumers';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Home } from '../home/home.ts';
import { organisationsOf } from '../home/membership.ts';
import {
  allOrganisations,
  type Channel,
  CHANNELS,
  type Member,
  type Organisation,
  someMemberOf,
} from '../home/organisations.ts';
import { portsOf } from '../home/ports.ts';
import { connectPeer } from '../ledger/connection.ts';
import { memberConnection } from '../ledger/member-connection.ts';
import { signingWith } from '../ledger/signer.ts';
import { waitUntil } from '../processes/wait-until.ts';
import { CHAINCODE_NAME } from './contracts-package.ts';
import { organisationCrypto } from './crypto-paths.ts';

const READY_WITHIN_MS = 120_000;
const ENDORSE_WITHIN_MS = 5_000;

/**
 * What any member may ask on each channel, whatever the rules say, and before there are any: what the contracts are.
 * Only endorsements are asked for: nothing is written.
 */
const QUESTION = 'org.hyperledger.fabric:GetMetadata';

/**
 * Waits until the consortium can work: each channel has a leader among the orderers, and through each organisation's
 * peer all three organisations endorse on both channels. That takes the chaincode servers, the peers, and their
 * having found each other. Organisations that were admitted later have to endorse too.
 *
 * @throws BiotError SETUP_FAILED with the last reason when it does not come to that in time.
 */
export async function awaitConsortium(home: Home): Promise<void> {
  await Promise.all([
    awaitLeaders(home),
    ...allOrganisations().map(({ name }) => awaitEndorsement(home, someMemberOf(name))),
  ]);
}

/** @param asker asks its own organisation's peer to gather the endorsements. */
async function awaitEndorsement(home: Home, asker: Member): Promise<void> {
  const member = memberConnection(home, asker.name);
  const client = connectPeer(member);
  const gateway = connect({
    client,
    identity: { mspId: member.identity.mspId, credentials: Buffer.from(member.identity.certificate) },
    ...signingWith(member.signer),
    endorseOptions: () => ({ deadline: Date.now() + ENDORSE_WITHIN_MS }),
  });
  try {
    await awaitAnswers(home, gateway, asker);
  } finally {
    gateway.close();
    client.close();
  }
}

async function awaitAnswers(home: Home, gateway: Gateway, asker: Member): Promise<void> {
  let reason: unknown;
  const ready = await waitUntil(async () => {
    try {
      await Promise.all(CHANNELS.map((channel) => endorse(home, gateway, channel)));
      return true;
    } catch (error) {
      reason = error;
      return false;
    }
  }, READY_WITHIN_MS);
  if (ready) return;
  const what = `the organisations do not endorse together, asked through ${asker.organisation}-peer`;
  throw new BiotError('SETUP_FAILED', `${what}: ${String(reason)}`, { cause: reason });
}

async function endorse(home: Home, gateway: Gateway, channel: Channel): Promise<void> {
  const contract = gateway.getNetwork(channel).getContract(CHAINCODE_NAME);
  const endorsingOrganizations = organisationsOf(home).map(({ mspId }) => mspId);
  await contract.newProposal(QUESTION, { endorsingOrganizations }).endorse();
}

/** @throws BiotError SETUP_FAILED when a channel has no leader within two minutes. */
export async function awaitLeaders(home: Home): Promise<void> {
  const ready = await waitUntil(async () => {
    const metrics = await Promise.all(
      organisationsOf(home).map((organisation) => ordererMetrics(home, organisation)),
    );
    return CHANNELS.every((channel) => metrics.some((lines) => lines.includes(leaderMetric(channel))));
  }, READY_WITHIN_MS);
  if (!ready) throw new BiotError('SETUP_FAILED', 'the orderers do not agree on a leader');
}

/**
 * Waits until every orderer knows of all of them as active on each channel: it has then heard so from the leader.
 * @throws BiotError SETUP_FAILED when it does not come to that within two minutes.
 */
export async function awaitAllOrderers(home: Home): Promise<void> {
  const organisations = organisationsOf(home);
  const ready = await waitUntil(async () => {
    const metrics = await Promise.all(
      organisations.map((organisation) => ordererMetrics(home, organisation)),
    );
    return CHANNELS.every((channel) => {
      const active = `consensus_etcdraft_active_nodes{channel="${channel}"} ${organisations.length}`;
      return metrics.every((lines) => lines.includes(active));
    });
  }, READY_WITHIN_MS);
  if (!ready) throw new BiotError('SETUP_FAILED', 'not all orderers take part');
}

function leaderMetric(channel: Channel): string {
  return `consensus_etcdraft_is_leader{channel="${channel}"} 1`;
}

/** Empty when the orderer does not answer. Metrics, unlike health, are shown only to holders of a certificate. */
function ordererMetrics(home: Home, organisation: Organisation): Promise<string> {
  const { tlsAuthority, administrator } = organisationCrypto(home, organisation.name);
  const agent = new Agent({
    ca: readFileSync(tlsAuthority.certificateFile),
    cert: readFileSync(administrator.tls.certificateFile),
    key: readFileSync(administrator.tls.keyFile),
  });
  return new Promise((resolve) => {
    const nothing = (): void => {
      resolve('');
    };
    get(
      `https://127.0.0.1:${portsOf(home.ports, organisation).ordererOperations}/metrics`,
      { agent },
      (response) => {
        text(response).then(resolve, nothing);
      },
    ).once('error', nothing);
  });
}
