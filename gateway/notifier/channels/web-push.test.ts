import { createDecipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto';

import { expect } from 'chai';
import { decodeJwt, importJWK, jwtVerify } from 'jose';

import type { Content, Notice } from '../../../chaincode/protocol/notifications/notice.ts';
import { newPushKeys } from '../../../network/notifications/push-keys.ts';
import type { Posting } from '../outward/post.ts';
import { sendPush } from './web-push.ts';

const NOTICE: Notice = {
  ...{ alert: '7', step: 'raise', at: 1_700_000_000_000, device: 'press-07', tenant: 'acme' },
  ...{ type: 'threshold', rule: 'hot', severity: 'critical', value: 91.5, description: 'The press is hot' },
};

/** A browser: decrypts as RFC 8291 section 3 and RFC 8188 say. */
class Browser {
  readonly #keys = createECDH('prime256v1');
  readonly #secret = randomBytes(16);
  readonly subscription;

  constructor() {
    this.#keys.generateKeys();
    this.subscription = {
      endpoint: 'https://push.example.com/v1/abc',
      keys: {
        p256dh: this.#keys.getPublicKey().toString('base64url'),
        auth: this.#secret.toString('base64url'),
      },
    };
  }

  decrypt(body: Buffer): string {
    const salt = body.subarray(0, 16);
    const idLength = body[20] ?? 0;
    const sender = body.subarray(21, 21 + idLength);
    const shared = this.#keys.computeSecret(sender);
    const info = Buffer.concat([Buffer.from('WebPush: info\0'), this.#keys.getPublicKey(), sender]);
    const derive = (key: Buffer, with_: Buffer, about: Buffer, length: number): Buffer =>
      Buffer.from(hkdfSync('sha256', key, with_, about, length));
    const input = derive(shared, this.#secret, info, 32);
    const key = derive(input, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16);
    const nonce = derive(input, salt, Buffer.from('Content-Encoding: nonce\0'), 12);
    const sealed = body.subarray(21 + idLength);
    const decipher = createDecipheriv('aes-128-gcm', key, nonce).setAuthTag(sealed.subarray(-16));
    const plain = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
    return plain.subarray(0, plain.lastIndexOf(2)).toString();
  }
}

describe('a web push', () => {
  const pushKeys = newPushKeys();
  const browser = new Browser();
  let posted: Posting[];

  beforeEach(() => {
    posted = [];
  });

  async function send(content: Content, status = 201): Promise<string> {
    const post = (posting: Posting): Promise<number> => {
      posted.push(posting);
      return Promise.resolve(status);
    };
    const parts = { post, pushKeys, contact: 'mailto:biot@example.com' };
    return (await sendPush(parts, browser, content)).kind;
  }

  const shown = (): unknown => JSON.parse(browser.decrypt(Buffer.from(posted[0]?.body ?? '')));

  it('is for the browser alone to read, and leads to its alert', async () => {
    expect(await send({ kind: 'alerts', notices: [NOTICE] })).to.equal('taken');
    expect(Buffer.from(posted[0]?.body ?? '').toString('latin1')).not.to.include('press');
    expect(shown()).to.deep.equal({
      title: 'critical, raised: press-07: The press is hot',
      body: '2023-11-14 22:13:20 UTC  critical, raised  press-07: The press is hot (91.5)',
      path: '/alerts/7',
    });
  });

  it('is signed for its push service alone, by the key that browsers subscribed with', async () => {
    await send({ kind: 'test', by: 'admin@operator', at: 5 });
    const { url, headers } = posted[0] ?? { url: '', headers: {} };
    expect(url).to.equal(browser.subscription.endpoint);
    const token = /^vapid t=([^,]+), k=(.+)$/.exec(new Headers(headers).get('authorization') ?? '') ?? [];
    expect(token[2]).to.equal(pushKeys.publicKey);
    const point = Buffer.from(pushKeys.publicKey, 'base64url');
    const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString('base64url'));
    const key = await importJWK({ kty: 'EC', crv: 'P-256', x: x ?? '', y: y ?? '' }, 'ES256');
    await jwtVerify(token[1] ?? '', key, { audience: 'https://push.example.com' });
    expect(decodeJwt(token[1] ?? '').sub).to.equal('mailto:biot@example.com');
  });

  it('of a storm fits into what push services take, and leads to the list', async () => {
    const description = 'é'.repeat(200);
    await send({ kind: 'alerts', notices: Array.from({ length: 500 }, () => ({ ...NOTICE, description })) });
    expect(posted[0]?.body.length).to.be.below(4_096);
    expect(shown()).to.have.property('path', '/alerts');
  });

  it('to a browser that has unsubscribed ends the channel', async () => {
    expect(await send({ kind: 'alerts', notices: [NOTICE] }, 410)).to.equal('gone');
    expect(await send({ kind: 'alerts', notices: [NOTICE] }, 503)).to.equal('failed');
  });
});
