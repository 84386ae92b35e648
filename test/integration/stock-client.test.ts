import { expect } from 'chai';
import type { Pool } from 'mariadb';
import { z } from 'zod';

import { countReadings, eventually, ownerPool, testHome } from '../harness/instance.ts';
import {
  makeActiveDevice,
  makeDevice,
  registrationOf,
  type TestDevice,
  withRegistry,
} from '../harness/test-device.ts';

/** The first of a device and code is written at once. */
const AUDITED_WITHIN_MS = 10_000;

function message(seq: number, values: unknown = { temperature: 21.5 }, ts: number = Date.now()): string {
  return JSON.stringify({ seq, ts, values });
}

describe('a stock MQTT client with a device certificate', function () {
  this.timeout(60_000);
  const home = testHome();
  let pool: Pool;
  let device: TestDevice;

  before(async () => {
    pool = ownerPool(home);
    device = await makeActiveDevice(home, 'stock');
  });
  after(() => pool.end());

  /** Sends it, and expects that the device is told of the refusal and that the audit trail names it. */
  async function refused(sender: TestDevice, payload: string | Buffer, code: string): Promise<void> {
    const receipt = await sender.request(payload);
    expect(receipt.refused.map((refusal) => refusal.code)).to.deep.equal([code]);
    const named = async (): Promise<boolean> =>
      (await refusals(sender.id)).some((details) => details.includes(code));
    await eventually(named, `${code} in the audit trail`, AUDITED_WITHIN_MS);
  }

  async function refusals(id: string): Promise<string[]> {
    const rows: unknown = await pool.query('SELECT details FROM audit_logs WHERE device_id = ?', [id]);
    return z
      .array(z.object({ details: z.unknown() }))
      .parse(rows)
      .map(({ details }) => JSON.stringify(details));
  }

  it('stores what it publishes for itself', async () => {
    const ran = await device.publish(message(1));
    expect(ran.code, ran.error).to.equal(0);
    await eventually(async () => (await countReadings(pool, device.id)).readings === 1, 'the reading');
  });

  it('stores a message that comes again once', async () => {
    const same = message(2, { temperature: 3 });
    await device.publish(same);
    await device.publish(same);
    await device.publish(message(3));
    await eventually(async () => (await countReadings(pool, device.id)).readings >= 3, 'the third message');
    expect(await countReadings(pool, device.id)).to.deep.equal({ readings: 3, distinct: 3 });
  });

  it('is refused for the topic of another device, by reason code', async () => {
    const ran = await device.publish(message(1), 'biot/v1/demo/press-01/telemetry');
    expect(ran.out + ran.error).to.match(/not authori[sz]ed|135/i);
    expect(await countReadings(pool, device.id)).to.include({ distinct: 3 });
  });

  it('keeps both contents of one number, and raises an alert', async () => {
    await device.publish(message(4, { temperature: 1 }));
    await eventually(async () => (await countReadings(pool, device.id)).readings === 4, 'the first content');
    await device.publish(message(4, { temperature: 2 }));
    await eventually(async () => (await countReadings(pool, device.id)).readings === 5, 'the second content');
    const alerts: unknown = await pool.query('SELECT type FROM alerts WHERE device_id = ?', [device.id]);
    expect(
      z
        .array(z.object({ type: z.string() }))
        .parse(alerts)
        .map(({ type }) => type),
    ).to.include('SEQUENCE_CONFLICT');
  });

  const bad: Record<string, [payload: string | Buffer, code: string]> = {
    'malformed JSON': ['{"seq":100,', 'MESSAGE_MALFORMED'],
    'malformed CBOR': [Buffer.from([0xbf, 0x00]), 'MESSAGE_MALFORMED'],
    'malformed UTF-8': [Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), 'MESSAGE_MALFORMED'],
    'an unknown sensor': [message(101, { dragons: 1 }), 'SENSOR_UNKNOWN'],
    NaN: [
      Buffer.from('a363736571186662747319ffff6676616c756573a16b74656d7065726174757265f97e00', 'hex'),
      'MESSAGE_MALFORMED',
    ],
    'a value of the wrong type': [message(102, { temperature: 'warm' }), 'VALUE_INVALID'],
    'a timestamp in 1970': [message(103, { temperature: 1 }, 1000), 'TIMESTAMP_OUT_OF_RANGE'],
    'a timestamp in 2100': [message(104, { temperature: 1 }, Date.UTC(2100, 0, 1)), 'TIMESTAMP_OUT_OF_RANGE'],
  };
  for (const [what, [payload, code]] of Object.entries(bad)) {
    it(`${what} is refused, told to the device and named in the audit trail`, async () => {
      await refused(device, payload, code);
      expect((await countReadings(pool, device.id)).readings).to.equal(5);
    });
  }

  const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`sensor${index}`, index]));
  for (const [what, payload, next] of [
    ['a megabyte', Buffer.alloc(1_000_000, 0x20), 5],
    ['10,000 values', message(105, many), 6],
  ] as const) {
    it(`${what} in a message are refused, and the device goes on`, async () => {
      await refused(device, payload, 'MESSAGE_TOO_LARGE');
      await device.publish(message(next));
      // Two of one number are stored already.
      const stored = next + 1;
      await eventually(
        async () => (await countReadings(pool, device.id)).readings === stored,
        'the next message',
      );
    });
  }

  it('a device that the ledger does not know is refused', async () => {
    const stranger = await makeDevice(home, 'stranger');
    await refused(stranger, message(1), 'DEVICE_UNKNOWN');
    expect((await countReadings(pool, stranger.id)).readings).to.equal(0);
  });

  it('a device that is registered, and not active yet, is refused', async () => {
    const waiting = await makeDevice(home, 'waiting');
    await withRegistry(home, 'admin@manufacturer', (registry) =>
      registry.register([registrationOf(waiting)]),
    );
    const heardOf = async (): Promise<boolean> => {
      const { refused: told } = await waiting.request(message(1));
      return told[0]?.code === 'DEVICE_NOT_ACTIVE';
    };
    await eventually(heardOf, 'ingest to hear of the device');
    await refused(waiting, message(1), 'DEVICE_NOT_ACTIVE');
    expect((await countReadings(pool, waiting.id)).readings).to.equal(0);
  });

  it('is refused within a second of its suspension, and again of its revocation', async () => {
    for (const [step, end] of [
      ['suspend', 'activate'],
      ['revoke', undefined],
    ] as const) {
      await withRegistry(home, 'admin@manufacturer', (registry) => registry[step](device.id, 'a test'));
      const decided = Date.now();
      await eventually(
        async () => (await device.publish(message(200))).code !== 0,
        'the broker to refuse it',
      );
      const rows: unknown = await pool.query(
        `SELECT MAX(UNIX_TIMESTAMP(b.created_at) * 1000) AS last FROM batches b JOIN batch_ranges r USING (batch_id)
         WHERE r.device_id = ? AND r.last_seq >= 200`,
        [device.id],
      );
      const last = z.array(z.object({ last: z.coerce.number().nullable() })).parse(rows)[0]?.last ?? 0;
      expect(last).to.be.lessThan(decided + 1000);
      if (end !== undefined)
        await withRegistry(home, 'admin@manufacturer', (registry) => registry[end](device.id, 'a test'));
    }
  });
});
