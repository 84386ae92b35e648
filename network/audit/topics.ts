import { peer } from '@hyperledger/fabric-protos';
import { CHAINCODE_NAME } from '../fabric/contracts-package.ts';
import { CHANNELS, type Channel } from '../home/organisations.ts';
import { QUERY_CHAINCODE } from '../ledger/chain-queries.ts';
import { type Facts, factsOfJson } from './facts.ts';
import type { Question } from './witness.ts';

/** Something that all peers are asked about. */
export interface Topic {
  /** In a few words, as it is reported: `device press-07`. */
  readonly subject: string;
  readonly question: Question;
  /** Takes an answer apart. @throws Error when the bytes are no answer to this question */
  readonly read: (bytes: Uint8Array) => Facts;
}

export function tipQuestion(channel: Channel): Question {
  return { channel, chaincode: QUERY_CHAINCODE, function: 'GetChainInfo', args: [channel] };
}

export function blockQuestion(channel: Channel, number: number): Question {
  return {
    channel,
    chaincode: QUERY_CHAINCODE,
    function: 'GetBlockByNumber',
    args: [channel, String(number)],
  };
}

/**
 * What can be asked without knowing anything: rules, types with their commands and firmware, the contracts in force, all logs'
 * checkpoints.
 */
export function standingTopics(): Topic[] {
  return [
    ...CHANNELS.map((channel) => contract('the rules', channel, 'PolicyContract:List')),
    ...CHANNELS.map(definition),
    contract('the types of devices', 'registry', 'TypeContract:List'),
    contract('the catalogue of commands', 'registry', 'CommandContract:Catalogue', ''),
    contract('the releases of firmware', 'registry', 'FirmwareContract:List', ''),
    contract('the vendors’ keys', 'registry', 'FirmwareContract:VendorKeys'),
    contract('the checkpoints of all logs', 'anchors', 'AnchorContract:Logs'),
  ];
}

/** @param from id of a device, or what could be one; empty for the first devices of all */
export function devicePage(from: string, size: number): Topic {
  const where = from === '' ? 'the first' : `the ${size} devices from ${from} on, of all`;
  return contract(`${where} devices`, 'registry', 'DeviceContract:List', String(size), from);
}

/** @param from id of a rollout; empty for the first of all */
export function rolloutPage(from: string, size: number): Topic {
  const subject = from === '' ? 'the first rollouts' : `the rollouts from ${from} on`;
  return contract(subject, 'registry', 'RolloutContract:List', String(size), from);
}

export function deviceTopic(id: string): Topic {
  return contract(`device ${id}`, 'registry', 'DeviceContract:Get', id);
}

export function checkpointTopic(logId: string): Topic {
  return contract(`the checkpoint of ${logId}`, 'anchors', 'AnchorContract:Checkpoint', logId);
}

function contract(subject: string, channel: Channel, transaction: string, ...args: string[]): Topic {
  return {
    subject,
    question: { channel, chaincode: CHAINCODE_NAME, function: transaction, args },
    read: (bytes) => factsOfJson(Buffer.from(bytes).toString('utf8')),
  };
}

/** What Fabric's lifecycle knows of our contracts: their version, and the endorsements that they need. */
function definition(channel: Channel): Topic {
  const request = new peer.lifecycle.QueryChaincodeDefinitionArgs();
  request.setName(CHAINCODE_NAME);
  return {
    subject: 'the contracts in force',
    question: {
      channel,
      chaincode: '_lifecycle',
      function: 'QueryChaincodeDefinition',
      args: [Buffer.from(request.serializeBinary()).toString('utf8')],
    },
    read: definitionFacts,
  };
}

/** Not compared as bytes: Go writes the approvals in any order. */
function definitionFacts(bytes: Uint8Array): Facts {
  const found = peer.lifecycle.QueryChaincodeDefinitionResult.deserializeBinary(bytes);
  const approvals = found
    .toObject()
    .approvalsMap.map(
      ([organisation, approved]) => [`approved by ${organisation}`, String(approved)] as const,
    );
  return {
    sequence: String(found.getSequence()),
    version: found.getVersion(),
    'endorsement plugin': found.getEndorsementPlugin(),
    'validation plugin': found.getValidationPlugin(),
    'endorsement policy': found.getValidationParameter_asB64(),
    collections: JSON.stringify(found.getCollections()?.toObject() ?? null),
    'needs initialisation': String(found.getInitRequired()),
    ...Object.fromEntries(approvals),
  };
}
