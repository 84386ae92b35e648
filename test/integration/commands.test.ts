import { expect } from 'chai';
import type { Pool } from 'mariadb';
import { z } from 'zod';

import { orderSchema } from '../../chaincode/protocol/command/wire.ts';
import { commandTimeline } from '../../sql/queries/command-details.ts';
import {
  becomes,
  commandedType,
  commandsOf,
  definition,
  deliveryOf,
  draft,
  issued,
  openCommanded,
  stockOptions,
  type StockSubscriber,
  subscribeStock,
} from '../harness/commands.ts';
import {
  countReadings,
  crash,
  eventually,
  ownerPool,
  runProgram,
  startAgain,
  testHome,
} from '../harness/instance.ts';
import { makeActiveDevice, TENANT, type TestDevice } from '../harness/test-device.ts';

const ADMIN = 'admin@manufacturer';

describe('commands on real servers', function () {
  this.timeout(180_000);
  const home = testHome();
  let type: string;
  const executed: string[] = [];
  const handlers = {
    add: ({ id, parameters }: { id: string; parameters: Record<string, unknown> }) => {
      executed.push(id);
      return { sum: Number(parameters['number']) + 1 };
    },
  };
  let ledger: ReturnType<typeof commandsOf>;
  let pool: Pool;

  before(async () => {
    pool = ownerPool(home);
    ledger = commandsOf(home, ADMIN);
    type = await commandedType(home, ADMIN);
    await ledger.define(definition(type, 'brief', { timeoutSeconds: 1 }));
  });
  after(async () => {
    ledger.close();
    await pool.end();
  });

  function executions(id: string): number {
    return executed.filter((other) => other === id).length;
  }

  async function statesOf(command: string, device: string): Promise<string[]> {
    return (await commandTimeline(pool, { command, device, limit: 100 })).map(({ state }) => state);
  }

  async function refusals(device: string, code: string): Promise<number> {
    const rows: unknown = await pool.query(
      `SELECT COUNT(*) AS number FROM audit_logs
       WHERE device_id = ? AND action = 'refuseAnswer' AND JSON_VALUE(details, '$.code') = ?`,
      [device, code],
    );
    return z.array(z.object({ number: z.coerce.number() })).parse(rows)[0]?.number ?? 0;
  }

  describe('with a device of the library', () => {
    let device: TestDevice;
    before(async () => {
      device = await makeActiveDevice(home, 'obedient', type);
    });

    it('is done once, and the timeline says how', async () => {
      const open = await openCommanded(home, device.id, handlers);
      const command = await issued(ledger, draft('add', [device.id], { parameters: { number: 41 } }));
      const delivery = await becomes(pool, command, device.id, 'succeeded');
      expect(delivery.result).to.deep.equal({ sum: 42 });
      expect(await statesOf(command.id, device.id)).to.deep.equal([
        'queued',
        'sent',
        'acknowledged',
        'succeeded',
      ]);
      expect(executions(command.id)).to.equal(1);
      await open.close();
    });

    it('waits while the device is away, is not called sent, and is done when it returns', async () => {
      const command = await issued(ledger, draft('add', [device.id], { parameters: { number: 1 } }));
      await eventually(
        async () => ((await deliveryOf(pool, command.id, device.id))?.attempts ?? 0) > 0,
        'an attempt',
      );
      expect((await deliveryOf(pool, command.id, device.id))?.state).to.equal('queued');
      const open = await openCommanded(home, device.id, handlers);
      await becomes(pool, command, device.id, 'succeeded');
      expect(executions(command.id)).to.equal(1);
      await open.close();
    });

    it('is rejected when the device does not know it', async () => {
      const open = await openCommanded(home, device.id, {});
      const command = await issued(ledger, draft('add', [device.id]));
      const { message } = await becomes(pool, command, device.id, 'rejected');
      expect(message).to.contain('add');
      await open.close();
    });

    it('expires when its device does not come in time, and is not done any more', async () => {
      const command = await issued(ledger, draft('add', [device.id], { lifetimeSeconds: 2 }));
      await becomes(pool, command, device.id, 'expired');
      const open = await openCommanded(home, device.id, handlers);
      const next = await issued(ledger, draft('add', [device.id]));
      await becomes(pool, next, device.id, 'succeeded');
      expect(executions(command.id)).to.equal(0);
      await open.close();
    });

    it('is not sent any more when it was cancelled', async () => {
      const command = await issued(ledger, draft('add', [device.id]));
      await ledger.cancel(command.id, 'not needed any more');
      await becomes(pool, command, device.id, 'cancelled');
    });

    it('fails when there is no result in time', async () => {
      const open = await openCommanded(home, device.id, { brief: () => new Promise(() => undefined) });
      const command = await issued(ledger, draft('brief', [device.id]));
      const { message } = await becomes(pool, command, device.id, 'failed');
      expect(message).to.equal('no result within 1 s');
      await open.close();
    });

    for (const name of ['ingest', 'mosquitto', 'mariadb']) {
      it(`survives a crash of ${name}`, async () => {
        const open = await openCommanded(home, device.id, handlers);
        const before = await issued(ledger, draft('add', [device.id]));
        await crash(home, name);
        const during = await issued(ledger, draft('add', [device.id]));
        await startAgain();
        for (const command of [before, during]) {
          await becomes(pool, command, device.id, 'succeeded');
          expect(executions(command.id)).to.equal(1);
        }
        await open.close();
      });
    }
  });

  describe('with stock clients', () => {
    let device: TestDevice;
    let other: TestDevice;
    let orders: StockSubscriber;
    before(async () => {
      device = await makeActiveDevice(home, 'stock', type);
      other = await makeActiveDevice(home, 'other', type);
    });

    /** Its device's only connection is that of the subscriber: it ends before something is published. */
    async function ordered(id: string): Promise<string> {
      orders = subscribeStock(home, device.id);
      await eventually(() => orders.lines.some((line) => line.includes(id)), 'the order');
      await orders.end();
      return orders.lines.find((line) => line.includes(id)) ?? '';
    }

    async function answer(from: TestDevice, payload: unknown, ...more: string[]): Promise<void> {
      const text = Buffer.isBuffer(payload) ? payload : JSON.stringify(payload);
      const options = [
        ...stockOptions(home, from.id),
        ...more,
        '-t',
        `biot/v1/${TENANT}/${from.id}/answer`,
        '-s',
      ];
      const ran = await runProgram('mosquitto_pub', options, text);
      expect(ran.code, ran.error).to.equal(0);
    }

    it('has all that it takes to answer', async () => {
      const command = await issued(ledger, draft('add', [device.id], { parameters: { number: 1 } }));
      const [topic, correlation, expiry, ...payload] = (await ordered(command.id)).split(' ');
      expect(topic).to.equal(`biot/v1/${TENANT}/${device.id}/answer`);
      expect(correlation).to.equal(command.id);
      expect(Number(expiry)).to.be.within(500, 600);
      expect(orderSchema.parse(JSON.parse(payload.join(' '))).parameters).to.deep.equal({ number: 1 });
      await becomes(pool, command, device.id, 'sent');
      const correlated = ['-D', 'publish', 'correlation-data', command.id];
      await answer(device, { state: 'acknowledged' }, ...correlated);
      await becomes(pool, command, device.id, 'acknowledged');
      await answer(device, { state: 'running', message: 'half of it' }, ...correlated);
      await answer(device, { state: 'succeeded', result: [1, 'two', null] }, ...correlated);
      const { result } = await becomes(pool, command, device.id, 'succeeded');
      expect(result).to.deep.equal([1, 'two', null]);
    });

    it('is refused an answer to what is not its command, or was not sent, or is over', async () => {
      const command = await issued(ledger, draft('add', [device.id]));
      await answer(other, { id: command.id, state: 'succeeded' });
      await eventually(async () => (await refusals(other.id, 'COMMAND_UNKNOWN')) > 0, 'the refusal');
      await ordered(command.id);
      await becomes(pool, command, device.id, 'sent');
      await answer(device, { id: command.id, state: 'failed', message: 'no' });
      await becomes(pool, command, device.id, 'failed');
      await answer(device, { id: command.id, state: 'succeeded' });
      await eventually(async () => (await refusals(device.id, 'TRANSITION_ILLEGAL')) > 0, 'the refusal');
      await answer(device, Buffer.from('{"id":'));
      await eventually(async () => (await refusals(device.id, 'MESSAGE_MALFORMED')) > 0, 'the refusal');
      expect((await deliveryOf(pool, command.id, device.id))?.state).to.equal('failed');
    });

    it('fails with a result of a megabyte, and goes on', async () => {
      const command = await issued(ledger, draft('add', [device.id]));
      await ordered(command.id);
      await answer(device, { id: command.id, state: 'succeeded', result: 'x'.repeat(1_000_000) });
      const { message, result } = await becomes(pool, command, device.id, 'failed');
      expect(message).to.match(/at most 16384/);
      expect(result).to.equal(null);
      await device.publish(JSON.stringify({ seq: 1, ts: Date.now(), values: { temperature: 1 } }));
      await eventually(async () => (await countReadings(pool, device.id)).readings === 1, 'telemetry');
    });
  });
});
