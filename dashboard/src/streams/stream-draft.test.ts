import { expect } from 'chai';

import type { StreamDefinition } from '../../../chaincode/protocol/streams/stream.ts';
import { draftOfStream, emptyStream, type StreamDraft, streamOf } from './stream-draft.ts';

const ALL = { types: null, devices: null, sensors: null };
const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const WEBHOOK: StreamDefinition = {
  ...{ name: 'Lake', tenant: 'acme', enabled: false },
  filter: { types: ['press'], devices: ['press-07', 'press-08'], sensors: ['temperature'] },
  destination: { kind: 'webhook', url: 'https://example.com/a' },
};
const BROKER: StreamDefinition = {
  ...{ name: 'Lake', tenant: null, enabled: true, filter: ALL },
  destination: { kind: 'mqtt', url: 'mqtts://example.com:8883', topic: 'a/b', user: 'biot', authority: PEM },
};

describe('the form for a stream', () => {
  it('gives back what it was given', () => {
    const open = { kind: 'mqtt' as const, url: 'mqtts://a.example', topic: 't', user: null, authority: null };
    for (const definition of [WEBHOOK, BROKER, { ...BROKER, destination: open }])
      expect(streamOf(draftOfStream(definition), definition)).to.deep.equal({ request: definition });
  });

  it('says which field is wrong', () => {
    const errors = (changes: Partial<StreamDraft>): string[] => {
      const draft = { ...emptyStream('acme'), name: 'Lake', url: 'https://example.com', ...changes };
      const made = streamOf(draft);
      return 'errors' in made ? Object.keys(made.errors) : [];
    };
    const mqtt = { kind: 'mqtt' as const, broker: 'mqtts://example.com', topic: 'a' };
    expect(errors({})).to.deep.equal([]);
    expect(errors(mqtt)).to.deep.equal([]);
    expect(errors({ name: ' ', url: 'nowhere' })).to.have.members(['name', 'url']);
    expect(errors({ tenant: 'No such', types: 'No Such', devices: '-', sensors: 'mood' })).to.have.members([
      ...['tenant', 'types', 'devices', 'sensors'],
    ]);
    expect(errors({ ...mqtt, broker: 'https://example.com' })).to.deep.equal(['broker']);
    for (const topic of ['', 'a/#', '$SYS/a'])
      expect(errors({ ...mqtt, topic }), topic).to.deep.equal(['topic']);
    expect(errors({ ...mqtt, authority: 'none' })).to.deep.equal(['authority']);
  });

  it('sends a password where there is a user, and only when one was typed', () => {
    const draft = draftOfStream(BROKER);
    expect(streamOf({ ...draft, password: ' geheim ' }, BROKER)).to.deep.equal({
      request: { ...BROKER, password: ' geheim ' },
    });
    const made = streamOf({ ...draft, user: '', password: 'geheim' }, BROKER);
    expect('request' in made && 'password' in made.request).to.equal(false);
    const hook = streamOf({ ...draftOfStream(WEBHOOK), password: 'geheim' }, WEBHOOK);
    expect(hook).to.deep.equal({ request: WEBHOOK });
  });

  it('asks for the password again where it would go to somebody else', () => {
    const draft = draftOfStream(BROKER);
    const asked = (changes: Partial<StreamDraft>): boolean => {
      const made = streamOf({ ...draft, ...changes }, BROKER);
      return 'errors' in made && made.errors.password !== undefined;
    };
    expect(asked({ topic: 'other', sensors: 'temperature', enabled: false })).to.equal(false);
    expect(asked({ broker: 'mqtts://elsewhere.example' })).to.equal(true);
    expect(asked({ user: 'other' })).to.equal(true);
    expect(asked({ authority: '' })).to.equal(true);
    expect(asked({ authority: '', password: 'geheim' })).to.equal(false);
    expect(asked({ broker: 'mqtts://elsewhere.example', user: '' })).to.equal(false);
  });
});
