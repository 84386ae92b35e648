import { connect } from '@hyperledger/fabric-gateway';
import { expect } from 'chai';
import { readFileSync } from 'node:fs';

import {
  type Device,
  DEVICES_EVENT,
  deviceSchema,
  devicesEventSchema,
} from '../../chaincode/protocol/device.ts';
import { byLot } from '../../chaincode/protocol/device-lot.ts';
import { ANCHOR_EVENT, type Header } from '../../chaincode/protocol/header.ts';
import { transactionIdSchema } from '../../chaincode/protocol/identifiers.ts';
import type { Channel } from '../../network/home/organisations.ts';
import { anchorLedger } from '../../network/ledger/anchors.ts';
import { CHAINCODE, connectLedger, type LedgerCall } from '../../network/ledger/client.ts';
import type { LedgerTransaction } from '../../network/ledger/block-decoding.ts';
import { connectPeer } from '../../network/ledger/connection.ts';
import { memberConnection } from '../../network/ledger/member-connection.ts';
import { registryLedger } from '../../network/ledger/registry.ts';
import { signingWith } from '../../network/ledger/signer.ts';
import { validationName } from '../../network/ledger/validation-codes.ts';
import { credentialsIn } from '../../network/pki/credentials.ts';
import { DEMO_FLEET } from '../../scripts/platform/demo-fleet.ts';
import { failureOf } from '../harness/failure.ts';
import { eventually, testHome } from '../harness/instance.ts';
import { everywhere, membersOf } from '../harness/members.ts';
import { makeActiveDevice, makeDevice, registrationOf, type TestDevice } from '../harness/test-device.ts';

const OWNER = 'admin@manufacturer';
const LOG = 'ingest-1@operator';
const NO_KEY = '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n';
const UNUSED_TRANSACTION = '0'.repeat(64);

function registerCall(device: TestDevice): LedgerCall {
  const args = [JSON.stringify([registrationOf(device)])];
  return { channel: 'registry', contract: 'DeviceContract', transaction: 'Register', args };
}

describe('the ledger on a running consortium', function () {
  this.timeout(60_000);
  const home = testHome();
  const members = membersOf(home);
  const owner = members.as(OWNER);
  const registry = registryLedger(owner);
  after(() => {
    members.close();
  });

  async function transactionsOf(channel: Channel, from: number, to = from): Promise<LedgerTransaction[]> {
    const transactions: LedgerTransaction[] = [];
    const stop = new AbortController();
    for await (const block of owner.blocks(channel, { from, signal: stop.signal })) {
      transactions.push(...block.transactions);
      if (block.number === to) break;
    }
    return transactions;
  }

  describe('client', () => {
    it('reads what the contract answers', async () => {
      const [demo] = DEMO_FLEET;
      const args = [demo!.id];
      const call = { channel: 'registry', contract: 'DeviceContract', transaction: 'Get', args } as const;
      const device = deviceSchema.parse(JSON.parse(await owner.evaluate(call)));
      expect(device).to.include({ id: demo!.id, type: demo!.type, org: 'ManufacturerMSP' });
    });

    it('submits, and names the transaction and the block in which all can find it', async () => {
      const device = await makeDevice(home, 'submitted');
      const { result, transaction, block } = await owner.submit(registerCall(device));
      const [registered] = JSON.parse(result) as Device[];
      expect(transactionIdSchema.parse(transaction)).to.equal(registered?.transaction);
      expect(await owner.height('registry')).to.be.greaterThan(block);
      expect(await owner.transactionBlock('registry', transaction)).to.deep.equal({ block, valid: true });
      const transactions = await transactionsOf('registry', block);
      const { event } = transactions.find(({ id }) => id === transaction)!;
      expect(event).to.include({ chaincode: CHAINCODE, name: DEVICES_EVENT });
      const told = devicesEventSchema.parse(JSON.parse(Buffer.from(event!.payload).toString()));
      expect(told.devices).to.deep.equal([registered]);
    });

    it('knows of no block for a transaction that never was', async () => {
      expect(await owner.transactionBlock('registry', UNUSED_TRANSACTION)).to.equal(undefined);
    });

    it('finds the same chain on the peers of all organisations', async () => {
      const peers = [OWNER, 'gateway@operator', 'auditor@auditor'].map((member) => members.as(member));
      const chains = await Promise.all(peers.map((peer) => peer.chain('registry')));
      expect(new Set(chains).size).to.equal(1);
      expect(chains).to.not.include(await owner.chain('anchors'));
    });

    it('calls what is prepared by its id before an orderer has it', async () => {
      const device = await makeDevice(home, 'prepared');
      const prepared: { id: string; known: unknown; height: number }[] = [];
      const { transaction, block } = await owner.submit(registerCall(device), {
        onPrepared: async (id) => {
          const known = await owner.transactionBlock('registry', id);
          prepared.push({ id, known, height: await owner.height('registry') });
        },
      });
      expect(prepared.map(({ id, known }) => ({ id, known }))).to.deep.equal([
        { id: transaction, known: undefined },
      ]);
      expect(prepared[0]?.height, 'blocks before it').to.be.at.most(block);
    });

    it('sends nothing when the preparation fails', async () => {
      const device = await makeDevice(home, 'unprepared');
      let prepared = '';
      const failure = new Error('the outbox is full');
      const submission = owner.submit(registerCall(device), {
        onPrepared: (id) => {
          prepared = id;
          return Promise.reject(failure);
        },
      });
      expect(await failureOf(submission)).to.equal(failure);
      // Orderers keep the order: what was sent before this one would be in a block before it, and refuse it.
      await registry.register([registrationOf(device)]);
      expect(await owner.transactionBlock('registry', prepared)).to.equal(undefined);
    });

    it('gives no effect to what one organisation alone endorsed', async () => {
      const device = await makeDevice(home, 'lonely');
      const { transaction, validation } = await submitEndorsedByOwnerAlone(registerCall(device));
      expect(validation).to.equal('ENDORSEMENT_POLICY_FAILURE');
      expect(await owner.transactionBlock('registry', transaction)).to.include({ valid: false });
      expect(await failureOf(registry.get(device.id))).to.include({ code: 'DEVICE_UNKNOWN' });
    });

    it('does not talk to a peer that cannot show a certificate of the organisation', async () => {
      const { tlsRootCertificate } = memberConnection(home, 'gateway@operator');
      const client = connectLedger({ ...memberConnection(home, OWNER), tlsRootCertificate });
      expect(await failureOf(client.height('registry'))).to.include({ code: 'LEDGER_UNAVAILABLE' });
      client.close();
    });

    it('gets no answer with a certificate that no organisation issued', async () => {
      const device = await makeDevice(home, 'impostor');
      const { certificateFile, keyFile } = credentialsIn(home.path('devices', device.id));
      const impostor = owner.actingAs({
        identity: { mspId: 'ManufacturerMSP', certificate: readFileSync(certificateFile, 'utf8') },
        signer: readFileSync(keyFile, 'utf8'),
      });
      expect(await failureOf(impostor.height('registry'))).to.include({ code: 'LEDGER_EVALUATE_FAILED' });
      impostor.close();
    });
  });

  async function submitEndorsedByOwnerAlone({ channel, contract, transaction, args }: LedgerCall) {
    const { identity, signer, ...endpoint } = memberConnection(home, OWNER);
    const client = connectPeer(endpoint);
    const gateway = connect({
      client,
      identity: { mspId: identity.mspId, credentials: Buffer.from(identity.certificate) },
      ...signingWith(signer),
    });
    try {
      const proposal = gateway
        .getNetwork(channel)
        .getContract(CHAINCODE, contract)
        .newProposal(transaction, { arguments: [...args], endorsingOrganizations: [identity.mspId] });
      const submitted = await (await proposal.endorse()).submit();
      const { code } = await submitted.getStatus();
      return { transaction: proposal.getTransactionId(), validation: validationName(code) };
    } finally {
      gateway.close();
      client.close();
    }
  }

  describe('registry', () => {
    it('refuses with the contract’s own code, and changes nothing', async () => {
      const device = await makeActiveDevice(home, 'refused');
      const before = await registry.history(device.id);
      const refusals: [() => Promise<unknown>, string][] = [
        [() => registry.register([registrationOf(device)]), 'DEVICE_EXISTS'],
        [() => registry.activate(device.id, 'again'), 'TRANSITION_ILLEGAL'],
        [() => registry.suspend(device.id, '   '), 'INVALID_ARGUMENT'],
        [() => registry.rotateKey(device.id, NO_KEY), 'KEY_INVALID'],
        [() => registry.activate('nobody', 'looking for it'), 'DEVICE_UNKNOWN'],
        [() => registry.get('nobody'), 'DEVICE_UNKNOWN'],
      ];
      for (const [attempt, code] of refusals) expect(await failureOf(attempt())).to.include({ code });
      expect(await registry.history(device.id)).to.deep.equal(before);
    });

    it('refuses every member that may not manage the device, whichever peer it asks', async () => {
      const device = await makeDevice(home, 'guarded');
      await registry.register([registrationOf(device)]);
      await everywhere(members, registry.activate(device.id, 'made for a test'));
      for (const member of [
        'admin@operator',
        'operator@operator',
        'auditor@auditor',
        'gateway@operator',
        LOG,
      ]) {
        const theirs = registryLedger(members.as(member));
        const attempts = [
          () => theirs.suspend(device.id, 'mine now'),
          () => theirs.rotateKey(device.id, device.publicKey),
        ];
        for (const attempt of attempts) {
          expect(await failureOf(attempt()), member).to.include({ code: 'FORBIDDEN' });
        }
      }
      expect(await registry.get(device.id)).to.include({ status: 'active', by: OWNER });
    });

    it('lets a member act through another organisation’s peer, and be judged as itself', async () => {
      const device = await makeActiveDevice(home, 'abroad');
      const { identity, signer } = memberConnection(home, OWNER);
      const abroad = registryLedger(members.as('gateway@operator').actingAs({ identity, signer }));
      await eventually(
        async () => (await abroad.get(device.id)).status === 'active',
        'the other organisation’s peer to have the block',
      );
      const { device: suspended } = await abroad.suspend(device.id, 'from abroad');
      expect(suspended).to.include({ status: 'suspended', by: OWNER, org: 'ManufacturerMSP' });
    });

    it('lets one of two that change a device at once win, and tells the other what it then is', async () => {
      const device = await makeDevice(home, 'raced');
      await registry.register([registrationOf(device)]);
      const attempts = [registry.activate(device.id, 'first'), registry.activate(device.id, 'second')];
      const settled = await Promise.allSettled(attempts);
      const lost = settled.filter((outcome) => outcome.status === 'rejected');
      expect(lost).to.have.length(1);
      expect(lost[0]?.reason).to.include({ code: 'TRANSITION_ILLEGAL' });
    });

    it('keeps the history of a device, newest first, each change with its transaction', async () => {
      const device = await makeDevice(home, 'historic');
      const changes = [
        await registry.register([registrationOf(device)]),
        await registry.activate(device.id, 'installed'),
        await registry.suspend(device.id, 'on loan'),
        await registry.revoke(device.id, 'not returned'),
      ];
      const history = await registry.history(device.id);
      expect(history.map(({ transaction }) => transaction)).to.deep.equal(
        changes.map(({ transaction }) => transaction).reverse(),
      );
      expect(history.map(({ device: { status, reason } }) => `${status}: ${reason}`)).to.deep.equal([
        'revoked: not returned',
        'suspended: on loan',
        'active: installed',
        'registered: registered',
      ]);
    });

    it('lists all devices in pages, each once and in order', async () => {
      const devices = await Promise.all([1, 2, 3].map(() => makeDevice(home, 'listed')));
      await registry.register(devices.map((device) => registrationOf(device)));
      const ids: string[] = [];
      let bookmark = '';
      do {
        const page = await registry.list(25, bookmark);
        expect(page.devices.length).to.be.within(1, 25);
        ids.push(...page.devices.map(({ id }) => id));
        ({ bookmark } = page);
      } while (bookmark !== '');
      expect(ids).to.include.members([...devices, ...DEMO_FLEET].map(({ id }) => id));
      expect(ids).to.deep.equal([...new Set(ids)].sort(byLot));
    });
  });

  describe('anchors', () => {
    const writer = anchorLedger(members.as(LOG));
    let last: Header;
    before(async () => {
      await eventually(async () => (await writer.checkpoint(LOG)).size > 1, 'the demo’s first anchors');
      const { size } = await writer.checkpoint(LOG);
      last = await writer.get(LOG, size - 1);
    });

    it('take the same headers again without any effect', async () => {
      const headers = await writer.list(LOG, last.sequence - 1, 2);
      const { transaction, block, checkpoint } = await writer.append(LOG, headers);
      expect(checkpoint.size).to.be.greaterThan(last.sequence);
      expect(await writer.list(LOG, last.sequence - 1, 2)).to.deep.equal(headers);
      const recent = await transactionsOf('anchors', Math.max(0, block - 10), block);
      expect(recent.map(({ event }) => event?.name)).to.include(ANCHOR_EVENT);
      expect(recent.find(({ id }) => id === transaction)).to.include({ valid: true, event: undefined });
    });

    it('cannot be changed, left out, or written into another’s log', async () => {
      const elsewhere = { ...last, logId: 'ingest-2@operator', sequence: 0, previous: UNUSED_TRANSACTION };
      const refusals: [Header, string][] = [
        [{ ...last, root: 'ab'.repeat(32) }, 'ANCHOR_CONFLICT'],
        [{ ...last, size: last.size + 1 }, 'ANCHOR_CONFLICT'],
        [{ ...last, sequence: last.sequence + 100_000 }, 'ANCHOR_GAP'],
        [elsewhere, 'FORBIDDEN'],
      ];
      for (const [header, code] of refusals) {
        expect(await failureOf(writer.append(header.logId, [header]))).to.include({ code });
      }
      expect(await writer.get(LOG, last.sequence)).to.deep.equal(last);
      expect((await writer.logs()).map(({ logId }) => logId)).to.not.include(elsewhere.logId);
    });

    it('are written by the log’s own member alone', async () => {
      for (const member of ['gateway@operator', 'admin@operator', 'auditor@auditor']) {
        const theirs = anchorLedger(members.as(member));
        expect(await failureOf(theirs.append(LOG, [last])), member).to.include({ code: 'FORBIDDEN' });
      }
    });
  });
});
