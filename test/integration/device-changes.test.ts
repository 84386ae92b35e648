import { expect } from 'chai';
import { z } from 'zod';

import { deviceSchema } from '../../chaincode/protocol/device.ts';
import { generateKeyPair, publicKeyPem } from '../../network/pki/keys.ts';
import { type Answer, ask, eventually, signIn, testHome } from '../harness/instance.ts';
import { makeActiveDevice } from '../harness/test-device.ts';

const problem = z.looseObject({ code: z.string() });
const activeSchema = z.looseObject({ status: z.literal('active') });
const HOUR_MS = 3_600_000;

/** Each change is asked of the one gateway and signed by the person who asks, of whichever organisation. */
describe('changes of a device through the gateway of a running consortium', function () {
  this.timeout(90_000);
  const home = testHome();
  let manufacturer: string;
  let operator: string;
  let id: string;
  before(async () => {
    [manufacturer, operator] = await Promise.all([
      signIn(home, 'admin@manufacturer'),
      signIn(home, 'admin@operator'),
    ]);
  });
  beforeEach(async () => {
    ({ id } = await makeActiveDevice(home, 'changed'));
    // The gateway asks another organisation's peer than the one that made the device.
    const seen = async (): Promise<unknown> =>
      (await ask(home, `/api/v1/devices/${id}`, { token: operator })).body;
    await eventually(
      async () => activeSchema.safeParse(await seen()).success,
      'the gateway to know the device',
    );
  });

  const send = (method: string, path: string, token: string, body: unknown): Promise<Answer> =>
    ask(home, `/api/v1/devices/${id}/${path}`, { method, token, body });
  const codeOf = ({ body }: Answer): string => problem.parse(body).code;
  const newKey = (): string => publicKeyPem(generateKeyPair().publicKey);

  it('rotates a key with overlap, and provisions anew', async () => {
    const publicKey = newKey();
    const until = Date.now() + HOUR_MS;
    const rotated = await send('POST', 'rotate-key', manufacturer, { publicKey, overlapUntil: until });
    expect(rotated.status, JSON.stringify(rotated.body)).to.equal(200);
    const device = deviceSchema.parse(rotated.body);
    expect(device).to.include({ publicKey, epoch: 1, by: 'admin@manufacturer' });
    expect(device.previousKey?.until).to.equal(new Date(until).toISOString());

    const same = await send('POST', 'reprovision', manufacturer, { publicKey, reason: 'wiped' });
    expect([same.status, codeOf(same)]).to.deep.equal([400, 'KEY_INVALID']);
    const anew = await send('POST', 'reprovision', manufacturer, { publicKey: newKey(), reason: 'wiped' });
    expect(anew.body).to.include({ epoch: 2, previousKey: null, reason: 'wiped' });
  });

  it('sets labels', async () => {
    const labels = { groups: ['hall-8', 'hall-7'], tags: { room: '12' } };
    const labelled = await send('PUT', 'labels', manufacturer, labels);
    expect(labelled.status, JSON.stringify(labelled.body)).to.equal(200);
    expect(deviceSchema.parse(labelled.body)).to.deep.include({ ...labels, groups: ['hall-7', 'hall-8'] });
  });

  it('hands a device over when both organisations’ administrators have signed', async () => {
    const early = await send('POST', 'transfer/accept', operator, { reason: 'bought' });
    expect([early.status, codeOf(early)]).to.deep.equal([409, 'TRANSITION_ILLEGAL']);
    const grab = await send('POST', 'transfer', operator, { to: 'OperatorMSP', reason: 'mine' });
    expect([grab.status, codeOf(grab)]).to.deep.equal([403, 'FORBIDDEN']);

    const offer = await send('POST', 'transfer', manufacturer, { to: 'OperatorMSP', reason: 'sold' });
    expect(offer.status, JSON.stringify(offer.body)).to.equal(200);
    expect(offer.body).to.include({ org: 'ManufacturerMSP' });
    const own = await send('POST', 'transfer/accept', manufacturer, { reason: 'both hands' });
    expect([own.status, codeOf(own)]).to.deep.equal([403, 'FORBIDDEN']);

    const accepted = await send('POST', 'transfer/accept', operator, { reason: 'bought' });
    expect(accepted.status, JSON.stringify(accepted.body)).to.equal(200);
    expect(accepted.body).to.include({ org: 'OperatorMSP', transfer: null, by: 'admin@operator' });
    expect((await send('POST', 'suspend', manufacturer, { reason: 'still mine?' })).status).to.equal(403);
    expect((await send('POST', 'suspend', operator, { reason: 'ours now' })).status).to.equal(200);
  });

  it('takes an offer back', async () => {
    await send('POST', 'transfer', manufacturer, { to: 'OperatorMSP', reason: 'sold' });
    const cancelled = await send('POST', 'transfer/cancel', manufacturer, { reason: 'not paid' });
    expect(cancelled.body).to.include({ org: 'ManufacturerMSP', transfer: null });
    const late = await send('POST', 'transfer/accept', operator, { reason: 'bought' });
    expect([late.status, codeOf(late)]).to.deep.equal([409, 'TRANSITION_ILLEGAL']);
  });
});
