import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

import { encode } from 'cborg';
import { expect } from 'chai';

import { bytesToSign, encodeSign1 } from '../../chaincode/protocol/cose-sign1.ts';
import type { Device } from '../../chaincode/protocol/device.ts';
import type { BiotError } from '../../chaincode/protocol/errors.ts';
import { receiptSchema } from '../../chaincode/protocol/receipt.ts';
import type { TopicOwner } from '../../chaincode/protocol/topics.ts';
import type { Delivery, DeliveryRefusal } from '../delivery.ts';
import { testDevice } from '../testing/devices.ts';
import { ManualTime } from '../testing/manual-time.ts';
import type { CoapReply } from './exchange.ts';
import { refusal } from './refusal.ts';
import { takeTelemetry } from './telemetry.ts';

const good = (seq: number): object => ({ seq, ts: 1_767_225_600_000, values: { temperature: 21.5 } });
const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

describe('telemetry by CoAP', () => {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = keys.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  let time: ManualTime;
  let press: Device;
  let received: [TopicOwner, Delivery][];
  let settle: (delivery: Delivery) => void;

  beforeEach(() => {
    time = new ManualTime();
    press = { ...testDevice('press-07'), publicKey: pem };
    received = [];
    settle = (delivery) => {
      delivery.acknowledge();
    };
  });

  function signed(
    payload: Uint8Array,
    { device = 'press-07', key = keys.privateKey, purpose = 'telemetry' } = {},
  ): Uint8Array {
    return encodeSign1({ device, payload, signature: signatureOf(payload, key, purpose) });
  }

  function signatureOf(payload: Uint8Array, key: KeyObject, purpose: string): Uint8Array {
    const bytes =
      purpose === 'telemetry'
        ? bytesToSign('telemetry', payload)
        : encode(['Signature1', Buffer.from('a10126', 'hex'), Buffer.from(`biot.${purpose}.1`), payload]);
    return sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' });
  }

  function take(payload: Uint8Array): Promise<CoapReply> {
    const parts = {
      mirror: { device: (id: string) => (id === press.id ? press : undefined) },
      receive: (owner: TopicOwner, delivery: Delivery) => {
        received.push([owner, delivery]);
        settle(delivery);
      },
      time,
    };
    const taken = takeTelemetry(parts, {
      method: 'POST',
      path: '/telemetry',
      query: [],
      from: 'here',
      payload,
    });
    return taken.catch((error: unknown) => refusal(error as BiotError));
  }

  const bodyOf = ({ payload = '' }: CoapReply): unknown => JSON.parse(String(payload));

  it('is receipted once it is settled', async () => {
    const reply = await take(signed(json(good(7))));
    expect(reply.code).to.equal('2.04');
    expect(bodyOf(reply)).to.deep.equal({ epoch: 1, committed: [[7, 7]], refused: [] });
    expect(received.map(([owner]) => owner)).to.deep.equal([{ tenant: press.tenant, device: 'press-07' }]);
    expect(Buffer.from(received[0]![1].payload).toString()).to.equal(JSON.stringify(good(7)));
  });

  it('may be several messages, each of which is settled for itself', async () => {
    const refusal: DeliveryRefusal = { code: 'VALUE_INVALID', message: 'too hot' };
    settle = (delivery) => {
      delivery.acknowledge(Buffer.from(delivery.payload).includes('"seq":2') ? refusal : undefined);
    };
    const reply = await take(signed(encode([good(1), good(2)])));
    expect(reply.code).to.equal('4.22');
    expect(bodyOf(reply)).to.deep.equal({ epoch: 1, committed: [[1, 1]], refused: [{ seq: 2, ...refusal }] });
  });

  it('is receipted in one datagram, and what does not fit in is told when it comes again', async () => {
    settle = (delivery) => {
      delivery.acknowledge({ code: 'VALUE_INVALID', message: 'too hot, '.repeat(22) });
    };
    const reply = await take(signed(encode(Array.from({ length: 60 }, (_, index) => good(index + 1)))));
    expect(reply.code).to.equal('4.22');
    expect(String(reply.payload).length).to.be.within(700, 1_024);
    const { refused } = receiptSchema.parse(bodyOf(reply));
    expect(refused.map(({ seq }) => seq)).to.deep.equal(refused.map((_, index) => index + 1));
  });

  it('is tried again later while the platform takes nothing', async () => {
    settle = (delivery) => {
      delivery.acknowledge({ code: 'LEDGER_STALE', message: 'silent' });
    };
    expect(await take(signed(json(good(1))))).to.include({ code: '5.03', maxAgeSeconds: 10 });
  });

  it('is answered before the client gives up, though the database does not answer', async () => {
    settle = () => undefined;
    const reply = take(signed(json(good(1))));
    while (received.length === 0) await time.advance(0);
    await time.advance(20_000);
    expect(await reply).to.deep.equal({ code: '5.03', maxAgeSeconds: 10 });
  });

  it('is taken with the key before, as long as that is good', async () => {
    const newer = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
    const until = (ms: number): Device => ({
      ...press,
      publicKey: newer.export({ type: 'spki', format: 'pem' }).toString(),
      previousKey: {
        publicKey: pem,
        keyFingerprint: '0'.repeat(64),
        until: new Date(time.now() + ms).toISOString(),
      },
    });
    press = until(1_000);
    expect((await take(signed(json(good(1))))).code).to.equal('2.04');
    press = until(0);
    expect((await take(signed(json(good(1))))).code).to.equal('4.01');
  });

  it('is refused in the same words for a wrong signature and for a device that is not there', async () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const wrong = await take(signed(json(good(1)), { key: other }));
    expect(wrong.code).to.equal('4.01');
    expect(await take(signed(json(good(1)), { device: 'ghost-01' }))).to.deep.equal(wrong);
    expect(await take(signed(json(good(1)), { purpose: 'answer' }))).to.deep.equal(wrong);
    expect(received).to.deep.equal([]);
  });

  for (const [what, payload, code] of [
    ['no COSE at all', json(good(1)), '4.00'],
    ['nothing', Buffer.alloc(0), '4.00'],
    ['9 KiB', Buffer.alloc(9 * 1024), '4.13'],
  ] as const) {
    it(`is refused when it is ${what}`, async () => {
      expect((await take(payload)).code).to.equal(code);
      expect(received).to.deep.equal([]);
    });
  }

  it('is refused when an empty array was signed', async () => {
    expect((await take(signed(json([])))).code).to.equal('4.00');
  });
});
