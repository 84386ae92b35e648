import { expect } from 'chai';

import { BiotError } from '../chaincode/protocol/errors.ts';
import { readConfig } from './config.ts';

describe('readConfig', () => {
  it('admits history and keeps everything by default', () => {
    const config = readConfig({});
    expect(config).to.include({ member: 'ingest-1@operator', retentionDays: 0, batchAgeMs: 50 });
    expect(config.certificateSuffices).to.equal(true);
    expect(readConfig({ BIOT_CERTIFICATE_SUFFICES: 'false' }).certificateSuffices).to.equal(false);
    expect(config.earliest).to.equal(Date.UTC(2000, 0, 1));
    expect(config.silenceBoundMs).to.equal(24 * 60 * 60_000);
  });

  const wrong: [string, string][] = [
    ['BIOT_EARLIEST_INSTANT', 'yesterday'],
    ['BIOT_RETENTION_DAYS', '-1'],
    ['BIOT_BATCH_MESSAGES', '20000'],
    ['BIOT_INGEST_MEMBER', '../../etc'],
    ['BIOT_CERTIFICATE_SUFFICES', 'no'],
  ];
  for (const [name, value] of wrong) {
    it(`names ${name} when it is ${value}, and does not repeat other variables`, () => {
      expect(() => readConfig({ [name]: value, BIOT_SECRET: 'hush' }))
        .to.throw(BiotError, name)
        .that.satisfies(
          (error: BiotError) => error.code === 'CONFIGURATION_INVALID' && !error.message.includes('hush'),
        );
    });
  }
});
