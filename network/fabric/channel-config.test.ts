import { expect } from 'chai';
import type { Home } from '../home/home.ts';
import { portsFrom } from '../home/ports.ts';
import { configtx } from './channel-config.ts';

const home: Home = {
  root: '/home',
  ports: portsFrom(9000),
  path: (...segments) => ['/home', ...segments].join('/'),
};

describe('channel configuration', () => {
  const text = JSON.stringify(configtx(home));

  it('lets no organisation endorse, or change what code may, alone', () => {
    expect(text).to.contain('"Endorsement":{"Type":"ImplicitMeta","Rule":"MAJORITY Endorsement"}');
    expect(text).to.contain('"LifecycleEndorsement":{"Type":"ImplicitMeta","Rule":"MAJORITY Endorsement"}');
    expect(text)
      .to.contain('"Admins":{"Type":"ImplicitMeta","Rule":"MAJORITY Admins"}')
      .and.not.to.contain('ANY Admins');
  });

  it('lets only peers endorse, and no peer write', () => {
    for (const msp of ['ManufacturerMSP', 'OperatorMSP', 'AuditorMSP']) {
      expect(text).to.contain(`"Endorsement":{"Type":"Signature","Rule":"OR('${msp}.peer')"}`);
      expect(text).to.contain(`"Writers":{"Type":"Signature","Rule":"OR('${msp}.admin', '${msp}.client')"}`);
    }
  });

  it('lists every organisation’s orderer as a consenter, and its peer as an anchor', () => {
    for (const port of [9013, 9023, 9033])
      expect(text).to.contain(`"Host":"127.0.0.1","Port":${port},"ClientTLSCert"`);
    for (const port of [9010, 9020, 9030])
      expect(text).to.contain(`"AnchorPeers":[{"Host":"127.0.0.1","Port":${port}}]`);
  });
});
