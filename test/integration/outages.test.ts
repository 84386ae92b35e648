import { expect } from 'chai';
import type { Pool } from 'mariadb';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

import { createDeviceToken } from '../../ingest/device/token.ts';
import { credentialsIn } from '../../network/pki/credentials.ts';
import { allStatuses } from '../../scripts/platform/processes.ts';
import { ingestNumber } from '../harness/ingest-number.ts';
import {
  type Answer,
  ask,
  countReadings,
  eventually,
  ownerPool,
  signIn,
  testHome,
} from '../harness/instance.ts';
import { membersOf } from '../harness/members.ts';
import { Outage } from '../harness/outage.ts';
import { openPublisher, type Publisher, READINGS } from '../harness/publisher.ts';
import {
  makeActiveDevice,
  makeDevice,
  makeUnheardDevice,
  registrationOf,
  type TestDevice,
} from '../harness/test-device.ts';
import { expectVerified } from '../harness/verification.ts';

/** Messages at once: far more than ingest may leave unacknowledged, fewer than the broker's queue holds. */
const FLOOD = 10_000;
const WARM_UP = 3_000;
/** Too many to be on their way at once, so that there are always some. */
const MANY = 5_000;
/** What ingest has the broker send without acknowledgement; with no bound it would get the whole flood. */
const UNACKNOWLEDGED = 4_096;
/** What else it may get meanwhile: what it needs no database to acknowledge, and the rest of what it read last. */
const OTHERS = 2_000;
/** Each lasts for some seconds, in which a connection is asked for. */
const VAIN_ATTEMPTS = 3;

const IS_FABRIC = /-(peer|orderer|chaincode)$/;
const NOT_ANCHORED = `SELECT COUNT(*) AS result FROM blockchain_tx WHERE batch_id BETWEEN ? AND ? AND status <> 'committed'`;

const SEALED = 'SELECT COUNT(*) AS result FROM blockchain_tx WHERE batch_id BETWEEN ? AND ?';

const count = z.coerce.number();

function codeOf({ status, body }: Answer): [number, string] {
  return [status, z.looseObject({ code: z.string() }).parse(body).code];
}

describe('outages while devices publish', function () {
  this.timeout(240_000);
  const home = testHome();
  const members = membersOf(home);
  const publishers: Publisher[] = [];
  let outage: Outage;
  let pool: Pool;

  before(() => {
    pool = ownerPool(home);
  });
  after(async () => {
    members.close();
    await pool.end();
  });

  async function publisher(prefix: string, options?: { window: number }): Promise<Publisher> {
    return publisherOf(await makeActiveDevice(home, prefix), options);
  }

  async function publisherOf(device: TestDevice, options?: { window: number }): Promise<Publisher> {
    const opened = await openPublisher(home, device, options);
    publishers.push(opened);
    return opened;
  }

  /** Whatever a test made of it: the next ones get a platform that runs. */
  async function cleanUp(): Promise<void> {
    await Promise.all(publishers.splice(0).map((each) => each.close()));
    await outage.end();
  }

  async function one(sql: string, ...values: unknown[]): Promise<number> {
    const rows: unknown = await pool.query(sql, values);
    return z.array(z.object({ result: count })).parse(rows)[0]?.result ?? 0;
  }

  const lastBatch = (): Promise<number> => one('SELECT COALESCE(MAX(batch_id), 0) AS result FROM batches');

  /** What the broker has sent to ingest since it started, and by how many connections. */
  async function taken(): Promise<{ messages: number; connections: number }> {
    const [messages, connections] = await Promise.all(
      ['delivered_total', 'broker_connections_total'].map((name) => ingestNumber(home, name)),
    );
    return { messages: messages!, connections: connections! };
  }

  /** Everything that it published is receipted, and stored once. */
  async function expectSettled({ id, store, seen }: Publisher): Promise<void> {
    await eventually(() => store.size === 0, 'a receipt for each message', 90_000);
    const published = store.next - 1;
    expect(seen.refused).to.deep.equal([]);
    expect(seen.committed.size).to.equal(published);
    const readings = published * READINGS;
    expect(await countReadings(pool, id)).to.deep.equal({ readings, distinct: readings });
  }

  describe('all of Fabric is down', () => {
    let known: Publisher;
    let late: Publisher;
    let admin: string;
    let firstBatch: number;

    before(async () => {
      outage = new Outage(home);
      admin = await signIn(home, 'admin@manufacturer');
      known = await publisher('known');
      known.publishEvery(100);
      await eventually(() => known.seen.committed.size > 0, 'a receipt');
      // Ingest and gateway follow the operator's peer: what the other two decide without it they do not know.
      await outage.kill('operator-peer');
      late = await publisherOf(await makeUnheardDevice(home, 'late'));
      const rest = allStatuses(home).filter(({ name, state }) => IS_FABRIC.test(name) && state === 'running');
      await outage.kill(...rest.map(({ name }) => name));
      firstBatch = (await lastBatch()) + 1;
      late.publish(3);
    });
    after(cleanUp);

    it('messages of devices that were active are still stored and receipted', async () => {
      const last = known.publish(20) + 19;
      await eventually(() => known.seen.committed.has(last), 'receipts');
      expect((await countReadings(pool, known.id)).readings).to.be.at.least(last * READINGS);
      expect(known.seen.postponed).to.deep.equal([]);
    });

    it('a device that ingest has not heard of is told to try again later, and why', async () => {
      await eventually(() => late.seen.postponed.includes('LEDGER_UNAVAILABLE'), 'its refusal');
      expect(late.seen.refused).to.deep.equal([]);
      expect(late.store.size).to.equal(3);
      expect((await countReadings(pool, late.id)).readings).to.equal(0);
    });

    it('the gateway refuses what needs the ledger with 503 and says so, and shows what is stored', async () => {
      await eventually(async () => (await ask(home, '/readyz')).status === 503, 'the gateway to notice');
      const { body: readiness } = await ask(home, '/readyz');
      expect(readiness).to.deep.include({ checks: { ledger: 'failing', database: 'ok', broker: 'ok' } });
      const privateKey = readFileSync(credentialsIn(home.path('devices', known.id)).keyFile, 'utf8');
      const token = await createDeviceToken({ device: known.id, privateKey, now: Date.now() });
      const body = { devices: [registrationOf(await makeDevice(home, 'newcomer'))] };
      const refusals = {
        devices: [await ask(home, '/api/v1/devices', { token: admin }), 'LEDGER_STALE'],
        registration: [
          await ask(home, '/api/v1/devices', { token: admin, method: 'POST', body }),
          'LEDGER_UNAVAILABLE',
        ],
        logs: [await ask(home, '/api/v1/logs', { token: admin }), 'LEDGER_UNAVAILABLE'],
        device: [await ask(home, '/api/v1/device/self', { token }), 'LEDGER_STALE'],
      } as const;
      for (const [what, [answer, code]] of Object.entries(refusals)) {
        expect(codeOf(answer), what).to.deep.equal([503, code]);
      }
      const readings = await ask(home, `/api/v1/devices/${known.id}/telemetry`, { token: admin });
      expect(readings.status).to.equal(200);
    });

    it('the anchors follow when it is back, each in the block that is written beside it', async () => {
      const last = await lastBatch();
      expect(last).to.be.greaterThan(firstBatch);
      const sealed = await one(SEALED, firstBatch, last);
      expect(sealed).to.be.greaterThan(1);
      expect(await one(NOT_ANCHORED, firstBatch, last)).to.equal(sealed);
      await outage.end();
      await eventually(async () => (await one(NOT_ANCHORED, 0, last)) === 0, 'all anchors', 60_000);
      const rows: unknown = await pool.query(
        'SELECT DISTINCT tx_hash AS id, block_number AS block FROM blockchain_tx WHERE batch_id BETWEEN ? AND ?',
        [firstBatch, last],
      );
      const auditor = members.as('auditor@auditor');
      const anchors = z.array(z.object({ id: z.string(), block: count })).parse(rows);
      const newest = Math.max(...anchors.map(({ block }) => block));
      // The auditor's peer was away, too, and catches up by itself.
      await eventually(
        async () => (await auditor.height('anchors')) > newest,
        'the auditor’s peer to have the blocks',
        60_000,
      );
      for (const { id, block } of anchors) {
        expect(await auditor.transactionBlock('anchors', id)).to.deep.equal({ block, valid: true });
      }
    });

    it('the device that had to wait is heard, nothing is lost or doubled, and verify finds nothing', async () => {
      known.stop();
      await Promise.all([expectSettled(known), expectSettled(late)]);
      await expectVerified();
    });
  });

  describe('MariaDB is down for a good while', () => {
    let flood: Publisher;
    let steady: Publisher;
    let takenBefore: { messages: number; connections: number };
    /** The first message that was published without a database. */
    let first: number;

    before(async () => {
      outage = new Outage(home);
      flood = await publisher('flood', { window: FLOOD });
      steady = await publisher('steady');
      steady.publishEvery(50);
      flood.publish(WARM_UP);
      await eventually(() => flood.store.size === 0, 'receipts');
      takenBefore = await taken();
      await outage.kill('mariadb');
      first = steady.publish(1);
      flood.publish(FLOOD);
    });
    after(cleanUp);

    it('nothing is receipted, and ingest takes no more of it than it may leave unacknowledged', async () => {
      await eventually(
        async () => (await taken()).messages > takenBefore.messages + UNACKNOWLEDGED / 2,
        'ingest to take what it may',
      );
      const failures = await ingestNumber(home, 'write_failures_total');
      const all = WARM_UP + FLOOD;
      await eventually(() => flood.seen.sent > all, 'the device to have sent all, and to begin anew', 90_000);
      await eventually(
        async () => (await ingestNumber(home, 'write_failures_total')) >= failures + VAIN_ATTEMPTS,
        'attempts to store it',
        90_000,
      );
      const isReceipted = flood.seen.committed.size > WARM_UP || Math.max(...steady.seen.committed) >= first;
      expect(isReceipted, 'a promise about what is not stored').to.equal(false);
      // Messages are bounded in size: so is, with their number, the memory that they take.
      const { messages, connections } = await taken();
      const times = 1 + connections - takenBefore.connections;
      expect(messages - takenBefore.messages).to.be.lessThan(times * UNACKNOWLEDGED + OTHERS);
    });

    it('the gateway says so', async () => {
      const { status, body } = await ask(home, '/readyz');
      expect(status).to.equal(503);
      expect(body).to.deep.include({ checks: { ledger: 'ok', database: 'failing', broker: 'ok' } });
    });

    it('everything is receipted and stored once when it is back, and verify finds nothing', async () => {
      await outage.end();
      steady.stop();
      await Promise.all([expectSettled(flood), expectSettled(steady)]);
      await expectVerified();
    });
  });

  describe('Mosquitto is killed while messages are on their way', () => {
    let sender: Publisher;

    before(async () => {
      outage = new Outage(home);
      sender = await publisher('resending', { window: 1_000 });
      sender.publishEvery(20);
      sender.publish(MANY);
      await eventually(() => sender.seen.committed.size > 0, 'a receipt');
      await outage.kill('mosquitto');
    });
    after(cleanUp);

    it('the device notices, and keeps what has no receipt', async () => {
      await eventually(() => sender.seen.disconnections > 0, 'the loss of the connection');
      expect(sender.store.size).to.be.greaterThan(0);
      expect(sender.store.size + sender.seen.committed.size).to.equal(sender.store.next - 1);
    });

    it('it connects and sends again when the broker is back, and nothing is lost or doubled', async () => {
      await outage.end();
      sender.stop();
      await expectSettled(sender);
      expect(sender.seen.connections).to.be.greaterThan(1);
      expect(sender.seen.sent, 'some were on their way').to.be.at.least(sender.store.next);
      await expectVerified();
    });
  });
});
