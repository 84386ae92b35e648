import { generateKeyPairSync } from 'node:crypto';

import { expect } from 'chai';

import { newSecret, sealSecret } from '../../../network/notifications/secrets.ts';
import type { Posting } from '../outward/post.ts';
import { pushOutcome, webhookOutcome } from './outcome.ts';
import { sendWebhook, signatureOf } from './webhook.ts';

const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2_048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

describe('a signed webhook', () => {
  it('is signed as the vector of Standard Webhooks', () => {
    const signed = {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestamp: 1_614_265_330,
      body: '{"test": 2432232314}',
    };
    expect(signatureOf('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', signed)).to.equal(
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    );
  });

  it('carries what is told, an id that stays, and the instant of the attempt', async () => {
    const secret = newSecret();
    const sealedSecret = sealSecret(publicKey, 'one', secret);
    const posted: Posting[] = [];
    const outcome = await sendWebhook(
      {
        post: (posting) => {
          posted.push(posting);
          return Promise.resolve(200);
        },
        openingKey: privateKey,
        now: () => 1_700_000_000_999,
      },
      { id: 'one', sealedSecret },
      {
        url: 'https://example.com/hook',
        message: {
          idempotency: 'abc',
          content: { kind: 'test', by: 'admin@operator', at: 5 },
          createdAt: 1_700_000_000_000,
        },
      },
    );
    expect(outcome).to.deep.equal({ kind: 'taken' });
    const body = `{"type":"test","timestamp":"2023-11-14T22:13:20.000Z","data":{"by":"admin@operator","at":5}}`;
    expect(posted).to.deep.equal([
      {
        url: 'https://example.com/hook',
        body,
        headers: {
          'content-type': 'application/json',
          'user-agent': 'BIoT-DM',
          'webhook-id': 'msg_abc',
          'webhook-timestamp': '1700000000',
          'webhook-signature': signatureOf(secret, { id: 'msg_abc', timestamp: 1_700_000_000, body }),
        },
      },
    ]);
  });

  it('is taken by 2xx alone, and over with 410', () => {
    const kinds = (of: typeof webhookOutcome): string[] =>
      [200, 204, 302, 404, 410, 500].map((status) => of(status).kind);
    expect(kinds(webhookOutcome)).to.deep.equal(['taken', 'taken', 'failed', 'failed', 'refused', 'failed']);
    expect(kinds(pushOutcome)).to.deep.equal(['taken', 'taken', 'failed', 'gone', 'gone', 'failed']);
  });
});
