import { randomBytes } from 'node:crypto';

import { expect } from 'chai';
import request, { type Response, type Test } from 'supertest';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { type ReleaseDraft } from '../../chaincode/protocol/firmware/release.ts';
import { newVendor, releaseDraft, vendorKeyDraft } from '../../chaincode/protocol/testing/firmware.ts';
import { createDeviceToken } from '../../ingest/device/token.ts';
import { problemSchema } from '../http/problem.ts';
import { type TestDevice, type TestGateway, testGateway } from '../testing/gateway.ts';

const IMAGE = randomBytes(200_000);
const VENDOR = newVendor();
const DRAFT = releaseDraft(VENDOR, IMAGE);

function codeOf(response: Response): string {
  return problemSchema.parse(response.body).code;
}

describe('firmware at the gateway', () => {
  let gateway: TestGateway;
  let manufacturer: string;
  let operator: string;
  let person: string;

  beforeEach(async () => {
    gateway = await testGateway();
    const { people } = gateway;
    [manufacturer, operator, person] = await Promise.all([
      gateway.signIn(people.adminManufacturer),
      gateway.signIn(people.adminOperator),
      gateway.signIn(people.operator),
    ]);
    const registered = await post('vendor-keys', manufacturer, vendorKeyDraft(VENDOR, 'ManufacturerMSP'));
    expect(registered.status, registered.text).to.equal(201);
  });

  const authorized = (test: Test, token: string): Test => test.set('Authorization', `Bearer ${token}`);
  const post = (path: string, token: string, body: object = {}): Test =>
    authorized(request(gateway.app).post(`/api/v1/firmware/${path}`), token).send(body);
  const get = (path: string, token = person): Test =>
    authorized(request(gateway.app).get(`/api/v1/firmware/${path}`), token);
  const upload = (id: string, image: Uint8Array, token = manufacturer): Test =>
    authorized(request(gateway.app).put(`/api/v1/firmware/images/${id}`), token)
      .set('Content-Type', 'application/octet-stream')
      .send(Buffer.from(image));

  async function publish(draft: ReleaseDraft = DRAFT): Promise<void> {
    const response = await post('releases', manufacturer, draft);
    expect(response.status, response.text).to.equal(201);
  }

  async function approve(draft: ReleaseDraft = DRAFT, image: Uint8Array = IMAGE): Promise<void> {
    await publish(draft);
    expect((await upload(draft.id, image)).status).to.equal(204);
    expect((await post(`releases/${draft.id}/approve`, operator)).status).to.equal(200);
  }

  describe('for people', () => {
    it('is published, stored and approved, and says so', async () => {
      await publish();
      expect((await get(`releases/${DRAFT.id}`)).body).to.deep.include({
        ...DRAFT,
        state: 'published',
        stored: false,
      });
      expect((await upload(DRAFT.id, IMAGE)).status).to.equal(204);
      expect((await upload(DRAFT.id, IMAGE)).status).to.equal(204);
      const approved = await post(`releases/${DRAFT.id}/approve`, operator);
      expect(approved.body).to.have.property('state', 'approved');
      expect((await get('releases?type=thermometer')).body).to.deep.equal({ releases: [approved.body] });
      expect((await get('releases?type=press')).body).to.deep.equal({ releases: [] });
      const keys = await get('vendor-keys');
      expect(keys.body).to.have.nested.property('keys.0.id', VENDOR.id);
    });

    it('is stopped with a reason', async () => {
      await publish();
      expect(codeOf(await post(`releases/${DRAFT.id}/reject`, operator))).to.equal('INVALID_ARGUMENT');
      const rejected = await post(`releases/${DRAFT.id}/reject`, operator, { reason: 'no source' });
      expect(rejected.body).to.include({ state: 'rejected', reason: 'no source' });
      expect(codeOf(await upload(DRAFT.id, IMAGE))).to.equal('TRANSITION_ILLEGAL');
      const revoked = await post(`vendor-keys/${VENDOR.id}/revoke`, manufacturer, { reason: 'stolen' });
      expect(revoked.body).to.include({ state: 'revoked', reason: 'stolen' });
    });

    it('takes images that are those of a release alone', async () => {
      expect(codeOf(await upload(DRAFT.id, IMAGE))).to.equal('NOT_FOUND');
      await publish();
      for (const wrong of [
        IMAGE.subarray(1),
        Buffer.concat([IMAGE, IMAGE]),
        randomBytes(IMAGE.length),
        Buffer.alloc(0),
      ])
        expect(codeOf(await upload(DRAFT.id, wrong)), String(wrong.length)).to.equal('FIRMWARE_INVALID');
      expect(await gateway.parts.firmware.images.has(DRAFT.id)).to.equal(false);
      for (const path of ['..%2f..%2fetc%2fpasswd', 'A'.repeat(64), 'firmware'])
        expect(codeOf(await upload(path, IMAGE)), path).to.equal('INVALID_ARGUMENT');
      const text = upload(DRAFT.id, IMAGE).set('Content-Type', 'text/plain');
      expect(codeOf(await text)).to.equal('MEDIA_TYPE_UNSUPPORTED');
    });

    it('takes images from the organisation alone that published', async () => {
      await publish();
      expect(codeOf(await upload(DRAFT.id, IMAGE, operator))).to.equal('FORBIDDEN');
      expect(codeOf(await upload(DRAFT.id, IMAGE, person))).to.equal('FORBIDDEN');
    });
  });

  describe('for devices', () => {
    let device: TestDevice;
    let other: TestDevice;

    beforeEach(() => {
      device = gateway.addDevice('thermometer-1');
      other = gateway.addDevice('press-1', { type: 'press' });
    });

    async function ask(path = '', by = device, headers: Record<string, string> = {}): Promise<Response> {
      const privateKey = by.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
      const token = await createDeviceToken({ device: by.device.id, privateKey, now: gateway.now() });
      return authorized(request(gateway.app).get(`/api/v1/device/firmware${path}`), token)
        .set(headers)
        .buffer(true);
    }

    const fetch = (headers: Record<string, string> = {}): Promise<Response> =>
      ask(`/${DRAFT.id}`, device, headers);

    it('is offered and handed out when it is approved, to devices of its type', async () => {
      expect((await ask()).body).to.deep.equal({ releases: [] });
      gateway.pass(10_000);
      await approve();
      const offered = await ask();
      expect(offered.body).to.have.nested.property('releases.0.id', DRAFT.id);
      expect(offered.body).to.have.nested.property('releases.0.key.publicKey', VENDOR.publicKey);
      const whole = await fetch();
      expect(whole.status).to.equal(200);
      expect(IMAGE.equals(whole.body as Buffer)).to.equal(true);
      expect(whole.headers).to.include({
        etag: `"${DRAFT.id}"`,
        'accept-ranges': 'bytes',
        'content-length': '200000',
      });
      expect((await ask('', other)).body).to.deep.equal({ releases: [] });
      expect(codeOf(await ask(`/${DRAFT.id}`, other))).to.equal('NOT_FOUND');
    });

    it('goes on where it was cut', async () => {
      await approve();
      const rest = await fetch({ Range: 'bytes=150000-', 'If-Range': `"${DRAFT.id}"` });
      expect([rest.status, rest.headers['content-range']]).to.deep.equal([206, 'bytes 150000-199999/200000']);
      expect(IMAGE.subarray(150_000).equals(rest.body as Buffer)).to.equal(true);
      expect((await fetch({ Range: 'bytes=150000-', 'If-Range': '"another"' })).status).to.equal(200);
      const behind = await fetch({ Range: 'bytes=200000-' });
      expect([behind.status, behind.headers['content-range']]).to.deep.equal([416, 'bytes */200000']);
    });

    it('is nobody’s before it is approved, and after it was withdrawn or its key revoked', async () => {
      await publish();
      await upload(DRAFT.id, IMAGE);
      expect(codeOf(await fetch())).to.equal('NOT_FOUND');
      await post(`releases/${DRAFT.id}/approve`, operator);
      gateway.pass(10_000);
      expect((await fetch()).status).to.equal(200);
      const release = gateway.firmware.releases.get(DRAFT.id)!;
      gateway.firmware.put({ ...release, key: { ...release.key, state: 'revoked' } });
      gateway.pass(10_000);
      expect(codeOf(await fetch())).to.equal('NOT_FOUND');
      gateway.firmware.put(release);
      await post(`releases/${DRAFT.id}/withdraw`, manufacturer, { reason: 'it bricks devices' });
      gateway.pass(10_000);
      expect(codeOf(await fetch())).to.equal('NOT_FOUND');
    });

    it('is asked of the ledger once in ten seconds, and again at once when the ledger failed', async () => {
      await approve();
      gateway.registry.failure = new BiotError('LEDGER_ENDORSE_FAILED', 'one organisation alone');
      expect(codeOf(await ask())).to.equal('LEDGER_ENDORSE_FAILED');
      const before = gateway.firmware.listed;
      await Promise.all([ask(), fetch(), ask()]);
      expect(gateway.firmware.listed).to.equal(before + 1);
    });

    it('is fetched by a few at a time; the others are told when to come back', async () => {
      await approve();
      const { downloads } = gateway.parts.firmware;
      const none = { range: undefined, ifRange: undefined };
      for (const id of ['a', 'b']) downloads.begin(id, DRAFT, none);
      const busy = await fetch();
      expect([busy.status, codeOf(busy), busy.headers['retry-after']]).to.deep.equal([
        429,
        'RATE_LIMITED',
        '2',
      ]);
      // Its own next download takes the place of the one before.
      downloads.begin('a', DRAFT, none);
    });
  });
});
