import { expect } from 'chai';
import fc from 'fast-check';

import {
  answerTopic,
  commandTopic,
  liveTopic,
  parseAnswerTopic,
  parsePollTopic,
  parseTelemetryTopic,
  receiptTopic,
  relayTopic,
  telemetryTopic,
} from './topics.ts';

const OWNER = { tenant: 'acme', device: 'press-07' };

describe('topics', () => {
  it('name tenant and device', () => {
    expect(telemetryTopic(OWNER)).to.equal('biot/v1/acme/press-07/telemetry');
    expect(receiptTopic(OWNER)).to.equal('biot/v1/acme/press-07/receipt');
    expect(relayTopic(OWNER, 'telemetry')).to.equal('biot/relay/acme/press-07/telemetry');
    expect(commandTopic(OWNER)).to.equal('biot/v1/acme/press-07/command');
    expect(answerTopic(OWNER)).to.equal('biot/v1/acme/press-07/answer');
    expect(liveTopic(OWNER)).to.equal('biot/live/acme/press-07');
  });

  it('are read back with their source', () => {
    expect(parseTelemetryTopic(telemetryTopic(OWNER))).to.deep.equal({ ...OWNER, source: 'device' });
    expect(parseTelemetryTopic(relayTopic(OWNER, 'telemetry'))).to.deep.equal({ ...OWNER, source: 'relay' });
    expect(parseAnswerTopic(answerTopic(OWNER))).to.deep.equal({ ...OWNER, source: 'device' });
    expect(parseAnswerTopic(relayTopic(OWNER, 'answer'))).to.deep.equal({ ...OWNER, source: 'relay' });
    expect(parsePollTopic(relayTopic(OWNER, 'poll'))).to.deep.equal(OWNER);
  });

  it('of another kind are not taken for one', () => {
    expect(parseAnswerTopic(telemetryTopic(OWNER))).to.equal(undefined);
    expect(parseAnswerTopic(commandTopic(OWNER))).to.equal(undefined);
    expect(parseTelemetryTopic(answerTopic(OWNER))).to.equal(undefined);
    expect(parsePollTopic(relayTopic(OWNER, 'answer'))).to.equal(undefined);
    expect(parsePollTopic('biot/v1/acme/press-07/poll')).to.equal(undefined);
  });

  for (const topic of [
    '',
    'biot/v1/acme/press-07',
    'biot/v1/acme/press-07/receipt',
    'biot/v2/acme/press-07/telemetry',
    'biot/v1/acme/press-07/telemetry/',
    'biot/v1/acme/press-07/telemetry\n',
    '/biot/v1/acme/press-07/telemetry',
    'x/biot/v1/acme/press-07/telemetry',
    'biot/v1//press-07/telemetry',
    'biot/v1/acme//telemetry',
    'biot/v1/acme/press-07/press-08/telemetry',
    'biot/v1/+/press-07/telemetry',
    'biot/v1/acme/#/telemetry',
    'biot/v1/acme/../telemetry',
    'biot/v1/acme/press..07/telemetry',
    'biot/v1/acme/Press-07/telemetry',
    'biot/v1/acme/press\u000007/telemetry',
    'biot/v1/acme/press 07/telemetry',
    'biot/v1/acme/prеss-07/telemetry', // the second letter is Cyrillic
    `biot/v1/acme/${'x'.repeat(65)}/telemetry`,
    `biot/v1/${'x'.repeat(33)}/press-07/telemetry`,
    '$share/ingest/biot/v1/acme/press-07/telemetry',
  ]) {
    it(`do not include ${JSON.stringify(topic).slice(0, 60)}`, () => {
      expect(parseTelemetryTopic(topic)).to.equal(undefined);
      expect(parseAnswerTopic(topic.replace('telemetry', 'answer'))).to.equal(undefined);
    });
  }

  it('are read as what they were made of, or not at all', () => {
    const part = fc.string({ unit: fc.constantFrom('a', '7', '-', '.', '/', '+', '#', '\n'), maxLength: 6 });
    fc.assert(
      fc.property(part, part, (tenant, device) => {
        const parsed = parseTelemetryTopic(telemetryTopic({ tenant, device }));
        if (parsed !== undefined) expect(parsed).to.deep.equal({ tenant, device, source: 'device' });
      }),
      { numRuns: 2000 },
    );
  });
});
