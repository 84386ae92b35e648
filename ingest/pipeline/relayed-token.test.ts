import { expect } from 'chai';
import { generateKeyPairSync } from 'node:crypto';

import type { Device } from '../../chaincode/protocol/device.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { SignedPurpose } from '../../chaincode/protocol/cose-sign1.ts';
import { signPayload } from '../device/signed-payload.ts';
import { createDeviceToken } from '../device/token.ts';
import { testDevice } from '../testing/devices.ts';
import { FakeDelivery } from '../testing/fake-broker.ts';
import { openRelayed } from './relayed-token.ts';

const NOW = Date.UTC(2026, 5, 1);
const DAY_MS = 86_400_000;
const BODY = Buffer.from('{"seq":1}');

function keyedDevice(id: string): { device: Device; privateKey: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    device: testDevice(id, { publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString() }),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

describe('openRelayed', () => {
  const press = keyedDevice('press-07');
  const pump = keyedDevice('pump-1');
  const registry = new Map([press, pump].map(({ device }) => [device.id, device]));

  async function judge(
    {
      signer = press,
      body = BODY,
      signedAt = NOW,
    }: { signer?: typeof press; body?: Buffer; signedAt?: number },
    payload: Buffer = BODY,
  ): Promise<string> {
    const token = await createDeviceToken({
      device: signer.device.id,
      privateKey: signer.privateKey,
      body,
      now: signedAt,
    });
    return judgeToken(token, payload);
  }

  async function judgeToken(
    token: string | undefined,
    payload: Buffer,
    { vouched = false, certificateSuffices = true, within = true } = {},
  ): Promise<string> {
    const mirror = {
      device: (id: string) => registry.get(id),
      freshness: () => ({ fresh: true, silentMs: 0, height: 1 }),
    };
    const delivery = new FakeDelivery('a topic', payload, token);
    if (vouched) delivery.vouched = true;
    const parts = { mirror, now: () => NOW, certificateSuffices };
    return openRelayed(parts, press.device, { delivery, purpose: within ? 'answer' : undefined }).then(
      (opened) => (Buffer.from(opened.payload).equals(BODY) ? 'accepted' : 'another body'),
      (error: unknown) => (error instanceof BiotError ? error.code : String(error)),
    );
  }

  it('takes what the device signed', async () => {
    expect(await judge({})).to.equal('accepted');
  });

  it('takes it hours later, because it may have waited in a queue', async () => {
    expect(await judge({ signedAt: NOW - 20 * 60 * 60_000 })).to.equal('accepted');
  });

  it('does not take it after more than a day, nor from the future', async () => {
    expect(await judge({ signedAt: NOW - DAY_MS - 1_000 })).to.equal('TOKEN_EXPIRED');
    expect(await judge({ signedAt: NOW + DAY_MS })).to.equal('TOKEN_INVALID');
  });

  it('refuses another body, another device’s signature, nonsense and nothing', async () => {
    expect(await judge({}, Buffer.from('{"seq":2}'))).to.equal('TOKEN_INVALID');
    expect(await judge({ signer: pump })).to.equal('TOKEN_INVALID');
    expect(await judgeToken('a.b.c', BODY)).to.equal('TOKEN_INVALID');
    expect(await judgeToken(undefined, BODY)).to.equal('MESSAGE_MALFORMED');
  });

  it('takes the gateway’s word for a device’s certificate, unless it is told not to', async () => {
    expect(await judgeToken(undefined, BODY, { vouched: true })).to.equal('accepted');
    const strictly = { vouched: true, certificateSuffices: false };
    expect(await judgeToken(undefined, BODY, strictly)).to.equal('TOKEN_INVALID');
  });

  it('takes what the device signed within, for that, and without what is around it', async () => {
    const sign = ({ device, privateKey }: typeof press, purpose: SignedPurpose): Buffer =>
      Buffer.from(signPayload({ device: device.id, privateKey }, purpose, BODY));
    expect(await judgeToken(undefined, sign(press, 'answer'))).to.equal('accepted');
    expect(await judgeToken(undefined, sign(press, 'telemetry'))).to.equal('TOKEN_INVALID');
    expect(await judgeToken(undefined, sign(pump, 'answer'))).to.equal('TOKEN_INVALID');
    const forged = { device: press.device, privateKey: pump.privateKey };
    expect(await judgeToken(undefined, sign(forged, 'answer'))).to.equal('TOKEN_INVALID');
    expect(await judgeToken(undefined, sign(press, 'answer'), { within: false })).to.equal('TOKEN_INVALID');
  });
});
