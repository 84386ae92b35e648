import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Proposal } from '../../chaincode/protocol/policy/proposal.ts';
import type { Rule } from '../../chaincode/protocol/policy/rule.ts';
import type { MemberLedger } from '../../gateway/auth/sessions.ts';
import { memberLedgers } from '../../gateway/member-ledgers.ts';
import { Metrics } from '../../gateway/metrics.ts';
import { connectLedger, type LedgerClient } from '../../network/ledger/client.ts';
import { memberConnection, memberCredentials } from '../../network/ledger/member-connection.ts';
import { policyLedger } from '../../network/ledger/policies.ts';
import { failureOf } from '../harness/failure.ts';
import { type Ran, runProgram, testHome } from '../harness/instance.ts';
import { honest, type Lie, LyingPeer } from '../harness/lying-peer.ts';
import { everywhere, membersOf } from '../harness/members.ts';

const PROPOSER = 'admin@manufacturer';
const APPROVER = 'admin@operator';

/** What the approver is to believe: another reason, and a rule for another role. */
const doctor: Lie = ({ args }, answer) => {
  if (!/^PolicyContract:(GetProposal|ListProposals)$/.test(args[0] ?? '')) return answer;
  return Buffer.from(
    Buffer.from(answer).toString('utf8').replaceAll('for the night shift', 'nothing of note'),
  );
};

/** The approver's own organisation has a peer that lies, and all that the gateway knows comes through it. */
describe('a proposal that a lying peer shows to the one who is to approve it', function () {
  this.timeout(120_000);
  const home = testHome();
  const members = membersOf(home);
  const rule: Rule = {
    id: `night-shift-${Date.now()}`,
    effect: 'allow',
    description: 'A test',
    who: { roles: ['operator'] },
    actions: ['device:suspend'],
    what: { devices: ['no-such-device'] },
    when: {},
  };
  let proposal: Proposal;
  let liar: LyingPeer & { address: string };
  let service: LedgerClient;
  let session: MemberLedger;

  before(async () => {
    const policies = policyLedger(members.as(PROPOSER), 'registry');
    const change = { put: [rule], remove: [] };
    ({ proposal } = await everywhere(members, policies.propose(change, 'for the night shift')));
    liar = await LyingPeer.inFrontOf(home, 'operator');
    service = connectLedger({ ...memberConnection(home, 'gateway@operator'), endpoint: liar.address });
    const { certificate, privateKey } = memberCredentials(home, APPROVER);
    const subject = { name: APPROVER, org: 'OperatorMSP', role: 'admin', tenants: '*' } as const;
    session = memberLedgers(service, new Metrics())({ subject, certificate, privateKey });
  });
  beforeEach(() => {
    liar.lie = doctor;
    liar.signs = true;
  });
  after(async () => {
    await policyLedger(members.as(PROPOSER), 'registry').withdraw(proposal.id);
    session.close();
    service.close();
    liar.stop();
    members.close();
  });

  it('would be believed by who asks that peer alone', async () => {
    const call = { channel: 'registry', contract: 'PolicyContract', transaction: 'GetProposal' } as const;
    const alone = await service.evaluate({ ...call, args: [proposal.id] });
    expect(alone).to.contain('nothing of note');
  });

  it('is not shown by the gateway, with whatever signatures it comes', async () => {
    for (const signs of [true, false]) {
      liar.signs = signs;
      const policies = session.policies.registry;
      for (const reading of [() => policies.proposal(proposal.id), () => policies.proposals(100, '')])
        expect(await failureOf(reading())).to.have.property('code', 'LEDGER_ENDORSE_FAILED');
    }
  });

  it('is shown as it is when the peer hands on what was endorsed', async () => {
    liar.lie = honest;
    expect(await session.policies.registry.proposal(proposal.id)).to.deep.equal(proposal);
    const { proposals } = await session.policies.registry.proposals(1_000, '');
    expect(proposals).to.deep.include(proposal);
  });

  describe('by the command line', () => {
    let folder: string;

    /** The same instance, in which the liar is taken for the operator's peer. */
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'biot-deceived-'));
      for (const name of ['crypto', 'members']) symlinkSync(home.path(name), join(folder, name));
      const settings = readFileSync(home.path('fabric.env'), 'utf8');
      const port = liar.address.split(':')[1] ?? '';
      writeFileSync(
        join(folder, 'fabric.env'),
        settings.replace(/^operator_peer_port=.*$/m, `operator_peer_port=${port}`),
      );
    });
    after(() => {
      rmSync(folder, { recursive: true });
    });

    const policy = (...args: string[]): Promise<Ran> =>
      runProgram('env', [`BIOT_HOME=${folder}`, 'scripts/consortium/policy.sh', ...args, '--as', 'operator']);

    it('is neither shown nor approved', async () => {
      for (const command of ['proposal', 'approve']) {
        const ran = await policy(command, proposal.id);
        expect(ran.code).to.equal(1);
        expect(ran.out).to.not.contain('nothing of note');
        expect(ran.error).to.contain('say different things');
      }
      expect((await policyLedger(members.as(PROPOSER), 'registry').proposal(proposal.id)).status).to.equal(
        'proposed',
      );
    });

    it('is shown when two peers say the same', async () => {
      liar.lie = honest;
      expect((await policy('proposal', proposal.id)).out).to.contain('for the night shift');
    });
  });
});
