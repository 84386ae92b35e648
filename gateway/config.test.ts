import { expect } from 'chai';

import { readConfig } from './config.ts';

describe('the configuration', () => {
  it('has defaults for everything', () => {
    expect(readConfig({})).to.deep.equal({
      member: 'gateway@operator',
      silenceBoundMs: 5_000,
      requestsPerMinute: 6_000,
      onboardingPerMinute: 60,
      certificateSuffices: true,
      brokerHost: '127.0.0.1',
      sessionIdleMs: 3_600_000,
      sessionMs: 43_200_000,
      logLevel: 'info',
    });
  });

  it('names the variable that is wrong', () => {
    expect(() => readConfig({ BIOT_GATEWAY_SILENCE_BOUND: 'soon' })).to.throw(/BIOT_GATEWAY_SILENCE_BOUND/);
    expect(() => readConfig({ BIOT_SESSION_HOURS: '0' }))
      .to.throw()
      .with.property('code', 'CONFIGURATION_INVALID');
  });
});
