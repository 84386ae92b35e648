import { expect } from 'chai';

import { type Proposal, proposalSchema } from '../../chaincode/protocol/policy/proposal.ts';
import { Policies, put, rule } from './harness/policies.ts';
import { timestampOf } from './harness/proposal.ts';

const AUDIT = rule('operators-read-audit', { who: { roles: ['operator'] }, actions: ['audit:read'] });
const DAY_MS = 86_400_000;
/** The test channel's clock begins here. */
const START = Date.parse('2026-01-01T00:00:00.000Z');

describe('a proposal that waits in PolicyContract', () => {
  let policies: Policies;

  beforeEach(async () => {
    policies = await Policies.begin();
  });

  const ids = async (): Promise<string[]> => (await policies.rules()).map(({ id }) => id);
  const proposing = (expiresAt: string) => [JSON.stringify(put(AUDIT)), 'because', expiresAt] as const;

  async function propose(expiresAt: string): Promise<Proposal> {
    return proposalSchema.parse((await policies.call('operator', 'Propose', ...proposing(expiresAt))).result);
  }

  async function deciding(verb: 'Approve' | 'Reject' | 'Withdraw', id: string, instant: number) {
    const call = await policies.prepare(verb === 'Withdraw' ? 'operator' : 'auditor', verb, id);
    return { ...call, timestamp: timestampOf(new Date(instant)) };
  }

  it('expires in thirty days, or when its author says, in ninety at most', async () => {
    expect((await propose('')).expiresAt).to.equal('2026-01-31T00:00:02.000Z');
    const soon = '2026-01-01T00:01:00Z';
    expect((await propose(soon)).expiresAt).to.equal(soon);
    for (const wrong of ['2026-01-01T00:00:04.000Z', '2025-01-01T00:00:00Z', '2026-04-02T00:00:00Z', 'soon'])
      expect(await policies.refusal('operator', 'Propose', ...proposing(wrong)), wrong).to.equal(
        'INVALID_ARGUMENT',
      );
  });

  it('is approved in time, and not from its last instant on', async () => {
    const { id, expiresAt } = await propose('');
    const end = Date.parse(expiresAt ?? '');
    for (const late of [end, end + 1000, end + 400 * DAY_MS]) {
      const { code } = await policies.channel.refusalOf(await deciding('Approve', id, late));
      expect(code).to.equal('PROPOSAL_EXPIRED');
    }
    expect(await ids()).to.not.include('operators-read-audit');
    await policies.channel.submitCall(await deciding('Approve', id, end - 1000));
    expect(await ids()).to.include('operators-read-audit');
  });

  it('can be rejected and withdrawn when it has expired', async () => {
    for (const verb of ['Reject', 'Withdraw'] as const) {
      const { id } = await propose('');
      const call = await deciding(verb, id, START + 400 * DAY_MS);
      const { result } = await policies.channel.submitCall(call);
      expect(proposalSchema.parse(result).status).to.not.equal('proposed');
    }
  });

  it('expires at no instant that nobody can read', async () => {
    const call = await policies.prepare('operator', 'Propose', ...proposing(''));
    const timestamp = timestampOf(new Date('9999-12-31T00:00:00.000Z'));
    const { code } = await policies.channel.refusalOf({ ...call, timestamp });
    expect(code).to.equal('INVALID_ARGUMENT');
  });
});
