import { generateKeyPairSync } from 'node:crypto';

import { expect } from 'chai';

import { newSecret, sealSecret } from '../../../network/notifications/secrets.ts';
import type { StoredStream } from '../../../sql/queries/streams.ts';
import { signatureOf } from '../channels/webhook.ts';
import { NotNow, type Posting } from '../outward/post.ts';
import type { Publication } from '../outward/publish.ts';
import { NotSent } from '../outward/reach.ts';
import { streamOf } from '../testing/fake-streams.ts';
import { streamSender } from './send.ts';

const NOW = 1_700_000_000_999;
const DELIVERY = { id: 'dlv_1', body: '{"type":"telemetry"}' };
const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2_048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

describe('sending a delivery', () => {
  let posted: Posting[];
  let published: Publication[];
  let failure: Error | undefined;

  beforeEach(() => {
    [posted, published, failure] = [[], [], undefined];
  });

  const send = streamSender({
    post: (posting) => {
      posted.push(posting);
      return failure === undefined ? Promise.resolve(200) : Promise.reject(failure);
    },
    publish: (publication) => {
      published.push(publication);
      return failure === undefined ? Promise.resolve() : Promise.reject(failure);
    },
    openingKey: privateKey,
    now: () => NOW,
  });

  function sealed(secret: string, id = 'lake'): StoredStream {
    return { ...streamOf('lake'), sealedSecret: sealSecret(publicKey, id, secret) };
  }

  function atBroker(stream: StoredStream, user: string | null = 'biot'): StoredStream {
    const destination = {
      kind: 'mqtt',
      url: 'mqtts://broker.test',
      topic: 'in',
      user,
      authority: 'PEM',
    } as const;
    return { ...stream, destination };
  }

  it('posts it signed, under its own id', async () => {
    const secret = newSecret();
    expect(await send(sealed(secret), DELIVERY)).to.deep.equal({ kind: 'taken' });
    const [posting] = posted;
    expect([posting?.url, posting?.body]).to.deep.equal(['https://lake.test/', DELIVERY.body]);
    expect(posting?.headers).to.deep.include({
      'webhook-id': 'dlv_1',
      'webhook-signature': signatureOf(secret, { ...DELIVERY, timestamp: 1_700_000_000 }),
    });
  });

  it('publishes it as the user that was given, with the password that was sealed for this stream', async () => {
    expect(await send(atBroker(sealed('hunter2')), DELIVERY)).to.deep.equal({ kind: 'taken' });
    const place = { url: 'mqtts://broker.test', topic: 'in', authority: 'PEM', body: DELIVERY.body };
    expect(published).to.deep.equal([{ ...place, user: 'biot', password: 'hunter2' }]);
    await send(atBroker(streamOf('lake'), null), DELIVERY);
    expect(published[1]).to.deep.equal({ ...place, user: null, password: null });
  });

  it('has an outcome whatever goes wrong, and sends nothing that it cannot sign', async () => {
    failure = new NotSent('no answer in time');
    expect(await send(atBroker(sealed('hunter2')), DELIVERY)).to.deep.equal({
      ...{ kind: 'failed', failure: 'no answer in time' },
    });
    failure = new NotNow(503, '60');
    expect(await send(sealed(newSecret()), DELIVERY)).to.deep.equal({
      ...{ kind: 'failed', failure: 'answered 503', notBefore: NOW + 60_000 },
    });
    [posted, published] = [[], []];
    const foreign = sealed(newSecret(), 'another stream');
    for (const stream of [foreign, atBroker(foreign), streamOf('lake')])
      expect((await send(stream, DELIVERY)).kind).to.equal('failed');
    expect([posted, published]).to.deep.equal([[], []]);
  });
});
