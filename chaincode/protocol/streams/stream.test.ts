import { expect } from 'chai';

import { streamDefinitionSchema } from './stream.ts';

const BROKER = {
  ...{ kind: 'mqtt', url: 'mqtts://broker.example.com:8883', topic: 'plant/7 north' },
  ...{ user: 'biot', authority: null },
};
const EVERYTHING = { types: null, devices: null, sensors: null };
const STREAM = { name: 'Lake', tenant: 'acme', enabled: true, filter: EVERYTHING, destination: BROKER };

describe('the definition of a stream', () => {
  const accepts = (change: object): boolean =>
    streamDefinitionSchema.safeParse({ ...STREAM, ...change }).success;
  const acceptsBroker = (change: object): boolean => accepts({ destination: { ...BROKER, ...change } });

  it('names a webhook or a broker, and nothing else that is there', () => {
    expect(accepts({})).to.equal(true);
    expect(accepts({ destination: { kind: 'webhook', url: 'https://example.com/in?a=b' } })).to.equal(true);
    expect(acceptsBroker({ url: 'mqtts://broker.example.com/' })).to.equal(true);
    for (const url of [
      ...['https://broker.example.com', 'mqtts://', 'mqtts://a:b@broker.example.com', 'mqtts://x/path'],
      ...['mqtts://x?q=1', 'mqtts://x#f', 'broker.example.com', 'ws://broker.example.com'],
    ])
      expect(acceptsBroker({ url }), url).to.equal(false);
  });

  it('has a topic to which can be published', () => {
    for (const topic of ['', '#', 'a/+/b', '$SYS/x', 'a\nb', 'a\u0000', 'x'.repeat(201)])
      expect(acceptsBroker({ topic }), JSON.stringify(topic)).to.equal(false);
    expect(acceptsBroker({ topic: 'wörk/cost$' })).to.equal(true);
  });

  it('filters by lists that are not empty, of sensors that there are', () => {
    const filters = (change: object): boolean => accepts({ filter: { ...EVERYTHING, ...change } });
    expect(filters({ types: ['press'], devices: ['press-07'], sensors: ['temperature'] })).to.equal(true);
    for (const filter of [{ types: [] }, { devices: ['Press 7'] }, { sensors: ['__proto__'] }])
      expect(filters(filter), JSON.stringify(filter)).to.equal(false);
  });
});
