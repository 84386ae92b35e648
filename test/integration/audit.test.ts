import { common } from '@hyperledger/fabric-protos';
import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runAudit } from '../../network/audit/process.ts';
import { type Report, reportSchema } from '../../network/audit/report.ts';
import type { AuditRequest } from '../../network/audit/request.ts';
import { organisationCrypto } from '../../network/fabric/crypto-paths.ts';
import { peerProcess } from '../../network/fabric/peer.ts';
import { firstPeer } from '../../network/fabric/peer-site.ts';
import { readState } from '../../network/fabric/state.ts';
import {
  ORGANISATION_NAMES,
  type OrganisationName,
  ORGANISATIONS,
} from '../../network/home/organisations.ts';
import { startProcess, stopProcess } from '../../network/processes/process-manager.ts';
import { exitCode } from '../../scripts/audit/command.ts';
import { allStatuses } from '../../scripts/platform/processes.ts';
import { eventually, lastJson, runScript, startAgain, testHome } from '../harness/instance.ts';
import { type Asked, honest, type Lie, LyingPeer } from '../harness/lying-peer.ts';
import { Outage } from '../harness/outage.ts';
import { makeActiveDevice } from '../harness/test-device.ts';

const SMALL: AuditRequest['scope'] = { blocks: 5, devices: 10, patienceMs: 2_000 };

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

/** Alters the answers to one function of a contract and no other. */
function about(
  transaction: string,
  alter: (answer: Uint8Array, asked: Asked) => Uint8Array | 'silence',
): Lie {
  return (asked, answer) => (asked.args[0] === transaction ? alter(answer, asked) : answer);
}

const replacing = (what: string | RegExp, by: string) => (answer: Uint8Array) =>
  Buffer.from(text(answer).replace(what, by));

const saying = (what: unknown) => () => Buffer.from(JSON.stringify(what));

describe('an audit of all peers', function () {
  this.timeout(180_000);
  const home = testHome();
  let liar: LyingPeer & { address: string };
  let outage: Outage;

  before(async () => {
    await makeActiveDevice(home, 'audited');
    liar = await LyingPeer.inFrontOf(home, 'operator');
  });
  beforeEach(() => {
    liar.lie = honest;
    liar.signs = true;
    outage = new Outage(home);
  });
  afterEach(() => outage.end());
  after(() => {
    liar.stop();
  });

  const audit = (addresses: AuditRequest['addresses'] = {}): Promise<Report> =>
    runAudit(home, { auditor: 'auditor@auditor', addresses, scope: SMALL });
  const auditLiar = (lie: Lie): Promise<Report> => {
    liar.lie = lie;
    return audit({ operator: liar.address });
  };
  const verdicts = ({ peers }: Report): Record<string, string> =>
    Object.fromEntries(peers.map(({ peer, verdict }) => [peer, verdict]));
  const subjects = ({ findings }: Report): string[] => findings.map(({ subject }) => subject);

  it('finds that all agree, and says so', async () => {
    const ran = await runScript('audit', '--json');
    expect(ran.error).to.equal('');
    expect(ran.code).to.equal(0);
    expect(ran.out).to.contain('All 3 peers agree');
    const { ok, findings, asked } = lastJson(ran.out, reportSchema);
    expect([ok, findings.filter(({ kind }) => kind !== 'caught-up')]).to.deep.equal([true, []]);
    expect(asked.blocks).to.be.greaterThan(2);
    expect(asked.answers).to.be.greaterThan(5);
  });

  it('finds nothing to blame in what stands before a peer and hands everything on', async () => {
    expect(verdicts(await auditLiar(honest))).to.deep.equal({
      manufacturer: 'agrees',
      operator: 'agrees',
      auditor: 'agrees',
    });
  });

  it('names the peer that lies about what the contracts say, and each of its lies', async () => {
    const lies: Lie[] = [
      about('DeviceContract:Get', replacing(/"status":"\w+"/, '"status":"lost"')),
      about('DeviceContract:List', replacing(/"devices":\[.*\]/s, '"devices":[]')),
      about('PolicyContract:List', replacing('"effect":"allow"', '"effect":"deny"')),
      about('AnchorContract:Checkpoint', replacing(/"root":"../, '"root":"zz')),
      about('FirmwareContract:List', saying([{ id: 'made up' }])),
      about('FirmwareContract:VendorKeys', saying([{ id: 'made up' }])),
      about('RolloutContract:List', saying({ rollouts: [{ id: 'made up' }], bookmark: '' })),
    ];
    const report = await auditLiar((asked, answer) => {
      const lie = lies.map((each) => each(asked, answer)).find((told) => told !== answer);
      return lie ?? answer;
    });
    expect(verdicts(report)).to.deep.equal({ manufacturer: 'agrees', operator: 'lies', auditor: 'agrees' });
    for (const subject of [
      ...[/^device /, /devices$/, /^the rules$/, /^the checkpoint of /],
      ...[/^the releases of firmware$/, /^the vendors’ keys$/, /^the first rollouts$/],
    ])
      expect(
        subjects(report).some((each) => subject.test(each)),
        String(subject),
      ).to.equal(true);
  });

  it('names the peer that lies about blocks, whichever part of them', async () => {
    const lies: ((block: common.Block) => void)[] = [
      (block) => {
        block.getData()!.setDataList([]);
      },
      (block) => {
        const metadata = block.getMetadata()!;
        metadata.setMetadataList(metadata.getMetadataList_asU8().with(2, new Uint8Array([7])));
      },
      (block) => {
        block.getHeader()!.setPreviousHash(new Uint8Array(32));
      },
    ];
    const told = new Set<string>();
    const report = await auditLiar(
      about('GetBlockByNumber', (answer, { channel, args }) => {
        const block = common.Block.deserializeBinary(answer);
        lies[Number(args[2]) % lies.length]!(block);
        told.add(`${channel} block ${args[2] ?? ''}`);
        return block.serializeBinary();
      }),
    );
    expect(verdicts(report)).to.deep.equal({ manufacturer: 'agrees', operator: 'lies', auditor: 'agrees' });
    const named = report.findings.map(({ channel, subject }) => `${channel ?? ''} ${subject}`);
    expect(named).to.include.members([...told]);
    expect(told.size).to.be.greaterThan(6);
  });

  it('names the peer that claims blocks which nobody else has', async () => {
    const report = await auditLiar(
      about('GetChainInfo', (answer) => {
        const info = common.BlockchainInfo.deserializeBinary(answer);
        info.setHeight(info.getHeight() + 1_000);
        return info.serializeBinary();
      }),
    );
    expect(verdicts(report)).to.deep.equal({ manufacturer: 'agrees', operator: 'lies', auditor: 'agrees' });
    expect(report.findings.map(({ what }) => what).join()).to.contain('that no majority has');
  });

  it('tells what the peer says and what the others say, with exit code 1', async () => {
    liar.lie = about('PolicyContract:List', replacing('"effect":"allow"', '"effect":"deny"'));
    const ran = await runScript(
      'audit',
      '--peer',
      `operator=${liar.address}`,
      '--blocks',
      '1',
      '--patience',
      '1',
    );
    expect(ran.code).to.equal(1);
    expect(ran.out).to.match(
      /lies: operator, the rules \(registry\): differs from the majority in one value/,
    );
    expect(ran.out).to.match(/\.effect is "deny", others say "allow"/);
  });

  it('names it when an older block is given for a newer one', async () => {
    const kept = new Map<string, Uint8Array>();
    const report = await auditLiar(
      about('GetBlockByNumber', (answer, { channel }) => {
        const first = kept.get(channel) ?? answer;
        kept.set(channel, first);
        return first;
      }),
    );
    expect(verdicts(report)).to.include({ operator: 'lies', auditor: 'agrees' });
    expect(report.findings.some(({ what }) => what.includes('contradicts itself: it is block 0'))).to.equal(
      true,
    );
  });

  it('does not take for a peer’s answer what the peer did not sign', async () => {
    liar.signs = false;
    const report = await auditLiar(
      about('DeviceContract:Get', replacing(/"status":"\w+"/, '"status":"revoked"')),
    );
    expect(verdicts(report)).to.deep.equal({ manufacturer: 'agrees', operator: 'lies', auditor: 'agrees' });
    expect(report.findings[0]?.what).to.contain('signature');
  });

  it('names the peer that leaves questions unanswered, and the questions', async () => {
    const report = await auditLiar(about('DeviceContract:Get', () => 'silence'));
    expect(verdicts(report)).to.deep.equal({ manufacturer: 'agrees', operator: 'silent', auditor: 'agrees' });
    expect(report.findings.find(({ kind }) => kind === 'silent')?.subject).to.match(/^device /);
  });

  it('calls it a lag when a peer keeps to what it had', async () => {
    const kept = new Map<string, Uint8Array>();
    liar.lie = about('GetChainInfo', (answer, { channel }) => {
      if (!kept.has(channel)) kept.set(channel, answer);
      return kept.get(channel) ?? answer;
    });
    await audit({ operator: liar.address });
    await makeActiveDevice(home, 'news');
    const report = await audit({ operator: liar.address });
    expect(verdicts(report)).to.include({ operator: 'lags', manufacturer: 'agrees', auditor: 'agrees' });
  });

  it('names a peer that is down, or does not move', async () => {
    await outage.kill('auditor-peer');
    const down = await audit();
    expect(verdicts(down)).to.deep.equal({ manufacturer: 'agrees', operator: 'agrees', auditor: 'silent' });
    expect(exitCode(down)).to.equal(2);
    await outage.end();

    const pid = allStatuses(home).find(({ name }) => name === 'auditor-peer')!.pid!;
    process.kill(pid, 'SIGSTOP');
    try {
      expect(verdicts(await audit())).to.include({ operator: 'agrees', auditor: 'silent' });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await expectAgreement();
  });

  it('says by how many blocks a peer lags that gets none, and that it has caught up when it does', async () => {
    await withoutOrderers('auditor', async () => {
      await makeActiveDevice(home, 'unseen');
      const report = await audit();
      expect(verdicts(report)).to.deep.equal({ manufacturer: 'agrees', operator: 'agrees', auditor: 'lags' });
      expect(exitCode(report)).to.equal(2);
      const [operator, auditor] = ['operator', 'auditor'].map(
        (name) => report.peers.find(({ peer }) => peer === name)?.heights.registry,
      );
      const lag = report.findings.find(({ kind, channel }) => kind === 'lags' && channel === 'registry');
      expect(lag?.what).to.contain(`is ${operator! - auditor!} blocks behind`);
    });
    await expectAgreement();
  });

  async function expectAgreement(): Promise<void> {
    await eventually(async () => (await audit()).ok, 'all peers to agree', 90_000);
  }

  /** Runs an organisation's peer with settings in which no orderer is where it should be, as long as `work` takes. */
  async function withoutOrderers(organisation: OrganisationName, work: () => Promise<void>): Promise<void> {
    const { fabric } = readState(home)!;
    const config = mkdtempSync(join(tmpdir(), 'biot-settings-'));
    const core = readFileSync(join(fabric.config, 'core.yaml'), 'utf8');
    const overrides = ORGANISATION_NAMES.map((name) => ({
      from: `127.0.0.1:${home.ports.organisations[name].orderer}`,
      to: '127.0.0.1:1',
      caCertsFile: organisationCrypto(home, name).tlsAuthority.certificateFile,
    }));
    writeFileSync(
      join(config, 'core.yaml'),
      core.replace('addressOverrides:', `addressOverrides: ${JSON.stringify(overrides)}`),
    );
    const cutOff = peerProcess(home, { ...fabric, config }, firstPeer(home, ORGANISATIONS[organisation]));
    await stopProcess(home, cutOff.name, cutOff);
    try {
      await startProcess(home, cutOff);
      await work();
    } finally {
      await stopProcess(home, cutOff.name, cutOff);
      await startAgain();
      rmSync(config, { recursive: true });
    }
  }
});
