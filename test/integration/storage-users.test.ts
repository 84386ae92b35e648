import { expect } from 'chai';
import mariadb, { type Pool } from 'mariadb';

import type { Stream } from '../../chaincode/protocol/streams/stream.ts';
import { sqlStreamStore } from '../../gateway/notifier/streams/stream-store.ts';
import { sqlStreamStore as gatewayStreams } from '../../gateway/streams/stream-store.ts';
import { databaseOutbox } from '../../network/anchoring/outbox.ts';
import { testDevice, testMessage } from '../../ingest/testing/devices.ts';
import { openHome } from '../../network/home/home.ts';
import { connectPool, homeDatabase } from '../../sql/connect.ts';
import { withConnection } from '../../sql/connection.ts';
import { maintainPartitions } from '../../sql/partition-maintenance.ts';
import { findMember } from '../../sql/queries/members.ts';
import type { Position } from '../../sql/queries/streams.ts';
import { transactions } from '../../sql/transaction.ts';
import { DATABASE_USERS, grantPrivileges } from '../../sql/users.ts';
import { putDevices } from '../../sql/writers/devices.ts';
import { replacePassword } from '../../sql/writers/members.ts';
import { KEEP, LOG, NOW, TestStorage } from '../harness/storage.ts';
import { expectSoundLog } from '../harness/stored-log.ts';

const NO_SUCH_GRANT = 1147;

describe('the users of MariaDB', () => {
  const storage = new TestStorage();
  const users = DATABASE_USERS.filter((user) => user !== 'biot');
  const pools = new Map<string, Pool>();

  before(async () => {
    await storage.create();
    await withConnection(storage.pool, (connection) => grantPrivileges(connection, storage.options.database));
    for (const user of users) {
      const { password } = homeDatabase(openHome(), user);
      pools.set(user, connectPool({ ...storage.options, user, password, connections: 1 }));
    }
  });

  after(async () => {
    for (const each of pools.values()) await each.end();
    await revokeAll();
    await storage.drop();
  });

  beforeEach(() => storage.empty());

  /** Rights outlive the tables that they are for, and only who gave them knows of them. */
  async function revokeAll(): Promise<void> {
    const tables: Record<string, string>[] = await storage.pool.query('SHOW TABLES');
    for (const table of tables.flatMap((row) => Object.values(row)))
      for (const user of users)
        await storage.pool
          .query(`REVOKE ALL PRIVILEGES ON ${table} FROM ${user}@localhost`)
          .catch((error: unknown) => {
            if (!(error instanceof mariadb.SqlError && error.errno === NO_SUCH_GRANT)) throw error;
          });
  }

  async function tried(user: string, sql: string): Promise<string> {
    return pools
      .get(user)!
      .query(sql)
      .then(
        () => 'allowed',
        (error: unknown) => {
          const denied = error instanceof mariadb.SqlError && [1142, 1143, 1044, 1370].includes(error.errno);
          return denied ? 'denied' : String(error);
        },
      );
  }

  it('let ingest write batches, outbox and projection', async () => {
    const sut = storage.writer(transactions(pools.get('biot_ingest')!));
    await sut.write([testMessage(testDevice('press-07'), 1, { temperature: 1 })]);
    await sut.write([testMessage(testDevice('press-07'), 1, { temperature: 2 })]);
    const outbox = databaseOutbox(pools.get('biot_ingest')!, LOG, () => NOW);
    const pending = await outbox.pending({ from: 0, to: 9 }, 9);
    await outbox.submitted(
      pending.map(({ header }) => header),
      'ab'.repeat(32),
    );
    await outbox.committed({ from: 0, to: 1, transaction: 'ab'.repeat(32), block: 3 });
    await putDevices(pools.get('biot_ingest')!, [testDevice('press-07', { status: 'suspended' })]);
    await expectSoundLog(storage.pool, LOG);
  });

  it('let the gateway replace a password and the key that is sealed with it, as long as they are the same', async () => {
    const row = {
      name: 'a@b',
      role: 'admin',
      org: 'x',
      certificate: 'x',
      passwordHash: 'one',
      sealedKey: 'one',
    };
    await storage.models.members.create(row);
    const replace = (former: string, next: string): Promise<boolean> =>
      replacePassword(pools.get('biot_gateway')!, {
        name: 'a@b',
        former,
        passwordHash: next,
        sealedKey: next,
      });
    expect([await replace('one', 'two'), await replace('one', 'three')]).to.deep.equal([true, false]);
    const found = { name: 'a@b', certificate: 'x', passwordHash: 'two', sealedKey: 'two' };
    expect(await findMember(storage.models, 'a@b')).to.deep.equal(found);
  });

  it('let the gateway put streams, and the notifier follow them', async () => {
    const id = '0b0f4d5e-4d7c-4a5e-9d55-3f1f8f3f5a12';
    const everything = { types: ['thermometer'], devices: null, sensors: null };
    const stream: Stream = {
      ...{
        id,
        version: 1,
        author: 'admin@operator',
        updatedAt: NOW,
        name: 'Lake',
        tenant: null,
        enabled: true,
      },
      ...{ filter: everything, destination: { kind: 'webhook', url: 'https://example.com/' } },
    };
    const gateway = gatewayStreams({ pool: pools.get('biot_gateway')! }, 'no key');
    await gateway.put({ stream, sealedSecret: null });
    await gateway.put({ stream: { ...stream, version: 2 }, sealedSecret: null });
    await storage.writer().write([testMessage(testDevice('press-07'), 1, { temperature: 1 })]);
    const store = sqlStreamStore(pools.get('biot_notifier')!, { now: () => NOW });
    const [due] = await store.due();
    if (due === undefined) throw new Error('nothing is due');
    const [from, until] = [0, 1].map((sequence) => ({ sequence, leaf: 0 })) as [Position, Position];
    expect((await store.batch(due, { log: LOG, from: 0 }))?.wanted).to.have.length(1);
    await store.begun({ stream: id, log: LOG }, { from, until });
    await store.failed(id, 'answered 500');
    await store.moved({ stream: id, log: LOG }, { from, until }, true);
    expect((await gateway.streams())[0]).to.deep.include({ behind: { batches: 0, since: null } });
    await gateway.remove(id);
    expect(await gateway.streams()).to.deep.equal([]);
  });

  const forbidden: [string, string][] = [
    ['biot_ingest', 'UPDATE telemetry SET value = 0'],
    ['biot_ingest', 'DELETE FROM telemetry'],
    ['biot_ingest', 'ALTER TABLE telemetry DROP PARTITION p_future'],
    ['biot_ingest', 'UPDATE batches SET size = 0'],
    ['biot_ingest', 'DELETE FROM batches'],
    ['biot_ingest', 'UPDATE blockchain_tx SET sequence = 0'],
    ['biot_ingest', 'UPDATE audit_logs SET actor = "me"'],
    ['biot_ingest', 'SELECT * FROM members'],
    ['biot_ingest', 'INSERT INTO alert_rules (rule_id) VALUES ("x")'],
    ['biot_ingest', 'DELETE FROM alerts'],
    ['biot_gateway', 'UPDATE alert_rules SET author = "me"'],
    ['biot_gateway', 'DELETE FROM alert_rules'],
    ['biot_gateway', 'UPDATE alert_events SET author = "me"'],
    ['biot_gateway', 'UPDATE alerts SET value = 0'],
    ['biot_gateway', 'INSERT INTO telemetry (telemetry_id) VALUES (1)'],
    ['biot_gateway', 'UPDATE devices SET status = "active"'],
    ['biot_gateway', 'UPDATE blockchain_tx SET sequence = 0'],
    ['biot_gateway', 'UPDATE batches SET size = 0'],
    ['biot_gateway', 'UPDATE audit_logs SET actor = "me"'],
    ['biot_gateway', 'DELETE FROM audit_logs'],
    ['biot_gateway', 'UPDATE members SET role = "admin"'],
    ['biot_gateway', 'UPDATE members SET certificate = ""'],
    ['biot_gateway', 'UPDATE members SET sealed_key = "", name = "me"'],
    ['biot_gateway', 'INSERT INTO members (name) VALUES ("me")'],
    ['biot_gateway', 'DELETE FROM members'],
    ['biot_auditor', 'SELECT * FROM members'],
    ['biot_auditor', 'INSERT INTO alerts (type) VALUES ("x")'],
    ['biot_auditor', 'DROP TABLE telemetry'],
    ['biot_maintenance', 'DELETE FROM alerts'],
    ['biot_maintenance', 'DELETE FROM batches'],
    ['biot_maintenance', 'UPDATE telemetry SET value = 0'],
    ['biot_maintenance', 'UPDATE batches SET root = previous'],
    ['biot_maintenance', 'SELECT * FROM members'],
    ['biot_notifier', 'SELECT * FROM telemetry'],
    ['biot_notifier', 'SELECT root FROM batches'],
    ['biot_notifier', 'UPDATE batches SET messages = NULL'],
    ['biot_notifier', 'SELECT org FROM devices'],
    ['biot_notifier', 'UPDATE streams SET definition = "{}"'],
    ['biot_notifier', 'INSERT INTO streams (stream_id) VALUES ("x")'],
    ['biot_notifier', 'DELETE FROM stream_cursors'],
    ['biot_gateway', 'UPDATE stream_cursors SET next_sequence = 0'],
    ['biot_gateway', 'UPDATE streams SET failure = NULL'],
    ['biot_auditor', 'SELECT * FROM streams'],
    ['biot_notifier', 'SELECT * FROM members'],
    ['biot_notifier', 'UPDATE alerts SET severity = "minor"'],
    ['biot_notifier', 'UPDATE notification_channels SET definition = "{}"'],
    ['biot_notifier', 'INSERT INTO notification_channels (channel_id) VALUES ("x")'],
    ['biot_ingest', 'SELECT * FROM notification_channels'],
    ['biot_gateway', 'DELETE FROM alert_notices'],
    ['biot_gateway', 'UPDATE notification_messages SET content = "{}"'],
    ['biot_gateway', 'UPDATE notification_hours SET dead = 0'],
    ['biot_ingest', 'SELECT * FROM notification_hours'],
  ];
  for (const [user, sql] of forbidden) {
    it(`do not let ${user} do: ${sql}`, async () => {
      expect(await tried(user, sql)).to.equal('denied');
    });
  }

  it('let the auditor and the gateway read all evidence', async () => {
    for (const user of ['biot_auditor', 'biot_gateway'])
      for (const table of [
        'telemetry',
        'batches',
        'batch_ranges',
        'blockchain_tx',
        'devices',
        'alerts',
        'audit_logs',
      ])
        expect(await tried(user, `SELECT COUNT(*) FROM ${table}`)).to.equal('allowed');
  });

  it('let maintenance keep the partitions', async () => {
    const changes = await maintainPartitions(pools.get('biot_maintenance')!, NOW + 90 * 86_400_000, {
      ...KEEP,
      retentionDays: 500,
    });
    expect(changes.map(({ table, added }) => [table, added.length])).to.deep.equal([
      ['telemetry', 3],
      ['alerts', 3],
    ]);
  });
});
