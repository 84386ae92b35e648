import { randomBytes } from 'node:crypto';

import { expect } from 'chai';

import type { Device } from '../../chaincode/protocol/device.ts';
import type { SignedRelease } from '../../chaincode/protocol/firmware/release.ts';
import { approvedRelease, newVendor, releaseDraft } from '../../chaincode/protocol/testing/firmware.ts';
import { signRequest } from '../device/signed-payload.ts';
import { PRESS, pressOnLedger, testResources } from '../testing/coap.ts';
import { ManualTime } from '../testing/manual-time.ts';
import type { CoapReply, CoapRequest } from './exchange.ts';
import { coapResources } from './resources.ts';

const IMAGE = randomBytes(5_000);
const VENDOR = newVendor();
const RELEASE = approvedRelease(VENDOR, releaseDraft(VENDOR, IMAGE));

describe('firmware by CoAP', () => {
  let time: ManualTime;
  let press: Device;
  let offered: SignedRelease[];
  let handle: (request: CoapRequest) => Promise<CoapReply>;

  beforeEach(() => {
    time = new ManualTime();
    press = pressOnLedger();
    offered = [RELEASE];
    handle = coapResources({
      ...testResources(time, () => press),
      offers: { of: (type) => Promise.resolve(type === press.type ? offered : []) },
      imagePart: (_, { first, length }) => Promise.resolve(IMAGE.subarray(first, first + length)),
    });
  });

  const none = Buffer.alloc(0);
  const ask = (image = RELEASE.id): Promise<CoapReply> =>
    handle({
      method: 'POST',
      path: '/firmware',
      query: [],
      from: 'here',
      payload: signRequest(PRESS, { purpose: 'image', image }, time.now()),
    });
  const fieldOf = ({ payload }: CoapReply, field: string): unknown =>
    (JSON.parse(String(payload)) as Record<string, unknown>)[field];

  async function ticket(): Promise<string> {
    return String(fieldOf(await ask(), 'path')).split('?')[1] ?? '';
  }

  async function get(query: string, part?: { number: number; size: number }): Promise<CoapReply> {
    const path = `/firmware/${RELEASE.id}`;
    const request = { method: 'GET' as const, path, query: [query], from: 'here', payload: none };
    const reply = handle({ ...request, ...(part && { part: { ...part, more: false } }) });
    await time.advance(1_000);
    return reply;
  }

  for (const size of [16, 64, 1_024]) {
    it(`comes in blocks of ${size} bytes, and is whole`, async () => {
      const query = await ticket();
      const blocks: Uint8Array[] = [];
      let more = true;
      for (let number = 0; more; number += 1) {
        const { code, part, payload } = await get(query, { number, size });
        expect([code, part?.number, part?.of]).to.deep.equal(['2.05', number, IMAGE.length]);
        blocks.push(Buffer.from(payload ?? ''));
        more = part?.more === true;
      }
      expect(Buffer.concat(blocks).equals(IMAGE)).to.equal(true);
      expect((await get(query, { number: blocks.length, size })).code).to.equal('4.00');
    });
  }

  it('begins with a large block for who asks for none', async () => {
    const { part } = await get(await ticket());
    expect(part).to.deep.equal({ number: 0, size: 1_024, more: true, of: IMAGE.length });
  });

  it('is for devices of its type, when it is approved and here', async () => {
    offered = [];
    expect(fieldOf(await ask(), 'code')).to.equal('NOT_FOUND');
    const absent = coapResources({
      ...testResources(time, () => press),
      offers: { of: () => Promise.resolve([RELEASE]) },
    });
    handle = absent;
    expect(fieldOf(await ask(), 'code')).to.equal('NOT_FOUND');
  });

  it('is for who has a ticket of now, for this image', async () => {
    const query = await ticket();
    for (const other of [
      '',
      'ticket=',
      `${query}x`,
      query.replace('press-07', 'press-08'),
      `ticket=a.b.${PRESS.device}`,
    ]) {
      const refused = await get(other);
      expect([refused.code, fieldOf(refused, 'code')], other).to.deep.equal(['4.01', 'TOKEN_INVALID']);
    }
    await time.advance(60 * 60_000);
    expect((await get(query)).code).to.equal('4.01');
  });

  it('ends when the device is suspended, or the image is withdrawn', async () => {
    const query = await ticket();
    offered = [];
    expect((await get(query, { number: 1, size: 64 })).code).to.equal('4.04');
    offered = [RELEASE];
    press = { ...press, status: 'suspended' };
    expect(fieldOf(await get(query, { number: 1, size: 64 }), 'code')).to.equal('DEVICE_NOT_ACTIVE');
  });

  it('comes at a pace, and not at all to who asks for much at a time', async () => {
    const query = await ticket();
    const request = {
      method: 'GET' as const,
      path: `/firmware/${RELEASE.id}`,
      query: [query],
      from: 'here',
      payload: none,
    };
    const asked = Array.from({ length: 700 }, () => handle(request));
    let answered = 0;
    for (const each of asked) void each.then(({ code }) => (answered += code === '2.05' ? 1 : 0));
    await time.advance(100);
    expect(answered).to.be.within(40, 60);
    await time.advance(2_000);
    const codes = (await Promise.all(asked)).map(({ code }) => code);
    expect(codes.filter((code) => code === '5.03').length).to.be.within(590, 600);
  });
});
