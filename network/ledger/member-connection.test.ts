import { expect } from 'chai';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Home } from '../home/home.ts';
import { portsFrom } from '../home/ports.ts';
import { memberCredentials } from './member-connection.ts';

describe('the credentials of a member', () => {
  let home: Home;
  beforeEach(() => {
    const root = mkdtempSync(join(tmpdir(), 'biot-credentials-'));
    home = { root, ports: portsFrom(9000), path: (...segments) => join(root, ...segments) };
  });
  afterEach(() => {
    rmSync(home.root, { recursive: true });
  });

  it('are those in the member’s folder', () => {
    const folder = home.path('members', 'admin@operator');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'cert.pem'), 'certificate');
    writeFileSync(join(folder, 'key.pem'), 'key');
    const { organisation, ...credentials } = memberCredentials(home, 'admin@operator');
    expect(organisation.mspId).to.equal('OperatorMSP');
    expect(credentials).to.deep.equal({ certificate: 'certificate', privateKey: 'key' });
  });

  it('are enrolled first, and the instance is set up before', () => {
    const ask = (): unknown => memberCredentials(home, 'nobody@operator');
    expect(ask).to.throw('was this instance set up?');
    mkdirSync(home.path('members'));
    expect(ask).to.throw(
      'there is no key of nobody@operator here: scripts/consortium/enrol-member.sh --as operator',
    );
    expect(() => memberCredentials(home, 'nobody@nowhere')).to.throw('is no member of an organisation here');
  });
});
