import { generateKeyPairSync } from 'node:crypto';

import { expect } from 'chai';

import { newPushKeys } from '../../../network/notifications/push-keys.ts';
import { newSecret, sealSecret } from '../../../network/notifications/secrets.ts';
import type { StoredChannel, StoredMessage } from '../../../sql/queries/notifications.ts';
import { NotNow } from '../outward/post.ts';
import { NotSent } from '../outward/reach.ts';
import { deliverer } from './deliver.ts';
import type { Outcome } from './outcome.ts';

const NOW = 1_700_000_000_000;
const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2_048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const CHANNEL: StoredChannel = {
  ...{ id: 'one', name: 'Pager', tenant: 'acme', enabled: true, minimumSeverity: 'major', rules: null },
  ...{ version: 1, author: 'admin@operator', updatedAt: NOW, succeededAt: null, failedAt: null },
  ...{ failure: null, waiting: 1, dead: 0, sealedSecret: sealSecret(publicKey, 'one', newSecret()) },
  destination: { kind: 'webhook', url: 'https://example.com/hook' },
};
const MESSAGE: StoredMessage = {
  ...{ id: 1n, channel: 'one', idempotency: 'abc', attempts: 1, failure: null, createdAt: NOW, deadAt: null },
  content: { kind: 'test', by: 'admin@operator', at: NOW },
};

describe('delivering a message', () => {
  const deliver = (post: () => Promise<number>): Promise<Outcome> =>
    deliverer({
      ...{ post, openingKey: privateKey, pushKeys: newPushKeys(), contact: 'mailto:biot@example.com' },
      ...{ now: () => NOW, sendMail: undefined },
    })(CHANNEL, MESSAGE);

  it('that was not taken says why, and not before when it goes again', async () => {
    expect(await deliver(() => Promise.reject(new NotSent('no answer')))).to.deep.equal({
      ...{ kind: 'failed', failure: 'no answer' },
    });
    expect(await deliver(() => Promise.reject(new NotNow(429, '60')))).to.deep.equal({
      ...{ kind: 'failed', failure: 'answered 429', notBefore: NOW + 60_000 },
    });
    expect(await deliver(() => Promise.reject(new NotNow(503, '9'.repeat(12))))).to.deep.equal({
      ...{ kind: 'failed', failure: 'answered 503', notBefore: NOW + 3_600_000 },
    });
    expect(await deliver(() => Promise.resolve(503))).to.deep.equal({
      ...{ kind: 'failed', failure: 'answered 503' },
    });
  });
});
