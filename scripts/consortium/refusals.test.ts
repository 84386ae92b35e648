import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { CHECKOUT } from '../../network/home/home.ts';

const OWNER_MAY_RUN = 0o700;

describe('consortium scripts', function () {
  this.timeout(60_000);
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'biot-scripts-'));
    mkdirSync(join(root, 'bin'));
    mkdirSync(join(root, 'members', 'auditor@auditor', 'msp'), { recursive: true });
    const settings = [
      `FABRIC_BIN='${join(root, 'bin')}'`,
      `FABRIC_CFG_PATH='${root}'`,
      'organisations=(manufacturer operator auditor)',
      ...['manufacturer', 'operator', 'auditor', 'supplier'].map((name) => `${name}_peer_port=1`),
    ];
    writeFileSync(join(root, 'fabric.env'), `${settings.join('\n')}\n`);
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  /** Fabric's command, which says this whatever it is asked. */
  function peerSays(answer: string): void {
    writeFileSync(join(root, 'bin', 'peer'), `#!/bin/sh\necho '${answer}'\n`, { mode: OWNER_MAY_RUN });
  }

  function run(script: string, ...args: string[]): Promise<{ code: number; output: string; error: string }> {
    const file = join(CHECKOUT, 'scripts', 'consortium', `${script}.sh`);
    const { promise, resolve } = Promise.withResolvers<{ code: number; output: string; error: string }>();
    execFile(file, args, { env: { ...process.env, BIOT_HOME: root } }, (failure, output, error) => {
      resolve({ code: failure === null ? 0 : Number(failure.code), output, error });
    });
    return promise;
  }

  it('say that nothing is anchored of a log', async () => {
    const empty = '{"head":"00","logId":"nolog@x","root":"e3","size":0}';
    peerSays(empty);
    const nothing = await run('checkpoint', 'nolog@x');
    expect(nothing).to.include({ code: 0, output: `${empty}\n` });
    expect(nothing.error).to.include('nothing is anchored of a log nolog@x');
    peerSays(empty.replace('"size":0', '"size":10'));
    expect((await run('checkpoint', 'nolog@x')).error).to.equal('');
  });

  it('say who is no member, instead of asking a peer that does not run', async () => {
    const signed = await run('add-organisation', 'sign', root, '--as', 'supplier');
    expect(signed).to.deep.equal({
      code: 1,
      output: '',
      error: 'add-organisation.sh: supplier is no member: there are manufacturer operator auditor\n',
    });
  });

  it('say that an organisation has to prepare first', async () => {
    const administrator = join('users', 'Admin@manufacturer', 'msp');
    mkdirSync(join(root, 'crypto', 'peerOrganizations', 'manufacturer', administrator), { recursive: true });
    const proposed = await run('add-organisation', 'propose', 'newcomer', root, '--as', 'manufacturer');
    expect(proposed).to.include({
      code: 1,
      error: 'add-organisation.sh: newcomer has no keys yet: add-organisation.sh prepare newcomer\n',
    });
  });

  it('say what the contracts lack, without a trace of the program', async () => {
    writeFileSync(join(root, 'instance.json'), JSON.stringify({ portBase: 20_000 }));
    const { code, error } = await run('upgrade-chaincode', '--contracts', join(root, 'nothing'));
    expect(code).to.equal(1);
    expect(error).to.include(`SETUP_FAILED: ${join(root, 'nothing')} has no built contracts: npx tsc -p`);
    expect(error).to.not.include('    at ');
  });
});
