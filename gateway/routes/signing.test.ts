import { expect } from 'chai';
import { createPrivateKey, sign } from 'node:crypto';
import request, { type Response } from 'supertest';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Rule } from '../../chaincode/protocol/policy/rule.ts';
import { fromBase64, toBase64 } from '../../network/signing/base64.ts';
import { type Proposal, readProposal } from '../../network/signing/proposal.ts';
import { readCommitQuestion, readTransaction } from '../../network/signing/transaction.ts';
import { endorsedByPeer, proposedBySdk, questionBySdk } from '../../network/signing/testing/fabric.ts';
import { problemSchema } from '../http/problem.ts';
import { textAt } from '../testing/answers.ts';
import { newPublicKey, type TestGateway, testGateway } from '../testing/gateway.ts';
import { memberOf, type TestMember, testConsortium } from '../testing/members.ts';

const DEVICE = 'press-07';

function codeOf(response: Response): string {
  return problemSchema.parse(response.body).code;
}

function signatureOf(bytes: Uint8Array, { privateKey }: Pick<TestMember, 'privateKey'>): string {
  return sign('sha256', bytes, createPrivateKey(privateKey)).toString('base64');
}

describe('signing routes', () => {
  let gateway: TestGateway;
  let admin: TestMember;

  beforeEach(async () => {
    gateway = await testGateway();
    admin = gateway.people.adminOperator;
    gateway.addDevice(DEVICE, { org: 'OperatorMSP' });
  });

  const post = (step: string, body: object) =>
    request(gateway.app).post(`/api/v1/signing/${step}`).send(body);
  const revoke = {
    channel: 'registry',
    contract: 'DeviceContract',
    method: 'Revoke',
    arguments: [DEVICE, 'stolen'],
  };
  const asking = (changes: object = {}): object => ({
    ...revoke,
    certificate: admin.certificate,
    ...changes,
  });
  const prepare = async (): Promise<{ prepared: string; proposal: Proposal }> => {
    const prepared = textAt(await post('proposals', asking()), 'proposal');
    return { prepared, proposal: readProposal(fromBase64(prepared)) };
  };
  const steps = (): string[] => gateway.offline.reached.map(({ step }) => step);

  it('change the ledger by three signatures of a key that the gateway does not have, and no sign-in', async () => {
    const { prepared, proposal } = await prepare();
    expect(proposal.action).to.deep.equal(revoke);
    expect(proposal.signatory).to.deep.equal({ mspId: 'OperatorMSP', certificate: admin.certificate });
    const endorsed = await post('endorsements', {
      proposal: prepared,
      signature: signatureOf(proposal.signed, admin),
    });
    const transaction = textAt(endorsed, 'transaction');
    const { signed } = readTransaction(fromBase64(transaction));
    const submitted = await post('submissions', { transaction, signature: signatureOf(signed, admin) });
    const commit = textAt(submitted, 'commit');
    const question = readCommitQuestion(fromBase64(commit));
    const outcome = await post('commit-status', {
      commit,
      signature: signatureOf(question.signed, admin),
    });
    expect(outcome.body).to.deep.equal({ transaction: proposal.transactionId, block: 12 });
    expect(steps()).to.deep.equal(['endorse', 'submit', 'outcome']);
    for (const { by } of gateway.offline.reached)
      expect(by).to.deep.include({ signatory: proposal.signatory, transaction: proposal.transactionId });
    expect(gateway.parts.sessions.size).to.equal(0);
    expect(gateway.logLines.filter((line) => line.includes(admin.name))).to.have.lengthOf(4);
  });

  it('prepare changes that people may make here, and nothing else', async () => {
    const others: [object, string][] = [
      [{ contract: 'AnchorContract', method: 'Append', channel: 'anchors' }, 'INVALID_ARGUMENT'],
      [{ method: 'Get', arguments: [DEVICE] }, 'INVALID_ARGUMENT'],
      [{ channel: 'anchors' }, 'INVALID_ARGUMENT'],
      [{ method: 'toString' }, 'INVALID_ARGUMENT'],
      [{ arguments: [DEVICE] }, 'INVALID_ARGUMENT'],
      [{ arguments: [DEVICE, ''] }, 'INVALID_ARGUMENT'],
      [{ arguments: ['../x', 'stolen'] }, 'INVALID_ARGUMENT'],
      [{ method: 'Register', arguments: ['[{"id":"a"}]'] }, 'INVALID_ARGUMENT'],
      [{ method: 'Label', arguments: [DEVICE, '{'] }, 'INVALID_ARGUMENT'],
      [{ further: true }, 'INVALID_ARGUMENT'],
    ];
    for (const [changes, code] of others)
      expect(codeOf(await post('proposals', asking(changes))), JSON.stringify(changes)).to.equal(code);
  });

  it('prepare for certificates of the consortium’s members, and no others', async () => {
    const { operator: stranger } = await testConsortium();
    const certificates = [
      (await memberOf(stranger, 'admin@operator', 'admin')).certificate,
      'none',
      `${admin.certificate}${gateway.people.auditor.certificate}`,
      `x${admin.certificate}`,
    ];
    for (const certificate of certificates)
      expect(codeOf(await post('proposals', asking({ certificate })))).to.equal('UNAUTHENTICATED');
    gateway.pass(400 * 86_400_000);
    expect(codeOf(await post('proposals', asking()))).to.equal('UNAUTHENTICATED');
  });

  it('judge by the policy in each step, as with a session', async () => {
    const { certificate } = gateway.people.auditor;
    expect(codeOf(await post('proposals', asking({ certificate })))).to.equal('FORBIDDEN');

    const { prepared, proposal } = await prepare();
    const endorsed = endorsedByPeer(fromBase64(prepared));
    const elsewhere: Rule = {
      id: 'not-from-here',
      effect: 'deny',
      description: 'Peers cannot see where a request comes from',
      who: {},
      actions: ['device:revoke'],
      what: {},
      when: { networks: ['127.0.0.0/8', '::ffff:127.0.0.0/104'] },
    };
    gateway.registry.rules = [...gateway.registry.rules, elsewhere];
    const signature = signatureOf(proposal.signed, admin);
    expect(codeOf(await post('endorsements', { proposal: prepared, signature }))).to.equal('FORBIDDEN');
    const transaction = {
      transaction: toBase64(endorsed),
      signature: signatureOf(readTransaction(endorsed).signed, admin),
    };
    expect(codeOf(await post('submissions', transaction))).to.equal('FORBIDDEN');
    expect(steps()).to.deep.equal([]);
  });

  it('judge what is changed: each new device, and a type by whose it is', async () => {
    const here = { tenants: ['acme'] };
    gateway.registry.rules = gateway.registry.rules.map((rule) =>
      rule.actions.includes('device:register') ? { ...rule, what: here } : rule,
    );
    const { publicKey } = newPublicKey();
    const register = (tenant: string) => {
      const devices = ['a', 'b'].map((id) => ({
        id,
        tenant: id === 'a' ? 'acme' : tenant,
        type: 'press',
        publicKey,
      }));
      return post('proposals', asking({ method: 'Register', arguments: [JSON.stringify(devices)] }));
    };
    expect((await register('acme')).status).to.equal(200);
    expect(codeOf(await register('other'))).to.equal('FORBIDDEN');

    const sensors = [{ name: 'temperature', unit: '°C', minimum: null, maximum: null, dataType: 'number' }];
    const type = JSON.stringify({ name: 'thermometer', description: 'of a test', sensors });
    const put = asking({ contract: 'TypeContract', method: 'Put', arguments: [type] });
    expect((await post('proposals', put)).status, 'a type that nobody has put').to.equal(200);
    const { adminManufacturer } = gateway.people;
    await request(gateway.app)
      .put('/api/v1/types/thermometer')
      .set('Authorization', `Bearer ${await gateway.signIn(adminManufacturer)}`)
      .send({ description: 'of another', sensors });
    expect(codeOf(await post('proposals', put)), 'another organisation’s').to.equal('FORBIDDEN');
  });

  it('hand devices over to organisations of the consortium, and to no others', async () => {
    const offer = (to: string) => asking({ method: 'Transfer', arguments: [DEVICE, to, 'sold'] });
    const draft = { id: '0'.repeat(64), devices: [DEVICE], expiresAt: new Date(gateway.now()).toISOString() };
    const promise = (to?: string) =>
      asking({
        contract: 'VoucherContract',
        method: 'Create',
        arguments: [JSON.stringify({ ...draft, to })],
      });
    for (const change of [offer('AuditorMSP'), promise('AuditorMSP'), promise()])
      expect((await post('proposals', change)).status).to.equal(200);
    for (const change of [offer('NobodyMSP'), promise('NobodyMSP')]) {
      const response = await post('proposals', change);
      expect(codeOf(response)).to.equal('INVALID_ARGUMENT');
      expect(response.text).to.include('no organisation NobodyMSP');
    }
  });

  it('pass nothing on that the certificate’s own key has not signed', async () => {
    const { prepared, proposal } = await prepare();
    const signatures = [
      signatureOf(proposal.signed, gateway.people.operator),
      signatureOf(fromBase64(prepared), admin),
      'AAAA',
    ];
    for (const signature of signatures)
      expect(codeOf(await post('endorsements', { proposal: prepared, signature }))).to.equal(
        'UNAUTHENTICATED',
      );
    const transaction = toBase64(endorsedByPeer(fromBase64(prepared)));
    const signature = signatureOf(proposal.signed, admin);
    expect(codeOf(await post('submissions', { transaction, signature }))).to.equal('UNAUTHENTICATED');
    const commit = toBase64(questionBySdk(proposal, proposal.transactionId));
    expect(codeOf(await post('commit-status', { commit, signature }))).to.equal('UNAUTHENTICATED');
    expect(steps()).to.deep.equal([]);
  });

  it('take proposals of ours from whoever prepared them, and no others', async () => {
    const signatory = { mspId: 'OperatorMSP', certificate: admin.certificate };
    const own = proposedBySdk({ action: revoke, signatory });
    const signatureFor = (bytes: Uint8Array): string => signatureOf(readProposal(bytes).signed, admin);
    const taken = await post('endorsements', {
      proposal: toBase64(own.getBytes()),
      signature: signatureFor(own.getBytes()),
    });
    expect(taken.status).to.equal(200);

    const query = proposedBySdk({ action: { ...revoke, method: 'Get', arguments: [DEVICE] }, signatory });
    expect(
      codeOf(
        await post('endorsements', {
          proposal: toBase64(query.getBytes()),
          signature: signatureFor(query.getBytes()),
        }),
      ),
    ).to.equal('INVALID_ARGUMENT');
    const hidden = proposedBySdk({ action: revoke, signatory }, { transientData: { more: 'data' } });
    expect(
      codeOf(await post('endorsements', { proposal: toBase64(hidden.getBytes()), signature: 'AAAA' })),
    ).to.equal('MESSAGE_MALFORMED');
    expect(codeOf(await post('endorsements', { proposal: 'no base64!', signature: 'AAAA' }))).to.equal(
      'INVALID_ARGUMENT',
    );
    const foreign = proposedBySdk({ action: revoke, signatory: { ...signatory, mspId: 'AuditorMSP' } });
    expect(
      codeOf(
        await post('endorsements', {
          proposal: toBase64(foreign.getBytes()),
          signature: signatureFor(foreign.getBytes()),
        }),
      ),
    ).to.equal('UNAUTHENTICATED');
  });

  it('take no proposal of another time: the ledger would show that one', async () => {
    const { prepared, proposal } = await prepare();
    const signature = signatureOf(proposal.signed, admin);
    gateway.pass(301_000);
    const late = await post('endorsements', { proposal: prepared, signature });
    expect(codeOf(late)).to.equal('INVALID_ARGUMENT');
    expect(textAt(late, 'detail')).to.include('five minutes');
  });

  it('tell the contract’s refusal', async () => {
    const { prepared, proposal } = await prepare();
    gateway.offline.failure = new BiotError('TRANSITION_ILLEGAL', 'it is revoked already');
    const response = await post('endorsements', {
      proposal: prepared,
      signature: signatureOf(proposal.signed, admin),
    });
    expect([response.status, codeOf(response)]).to.deep.equal([409, 'TRANSITION_ILLEGAL']);
  });

  it('are bounded in number and size', async () => {
    expect(codeOf(await post('proposals', asking({ arguments: [DEVICE, 'x'.repeat(200_000)] })))).to.equal(
      'BODY_TOO_LARGE',
    );
    gateway = await testGateway({ signingQuota: { points: 2, seconds: 60 } });
    await post('proposals', asking());
    await post('proposals', asking());
    expect(codeOf(await post('proposals', asking()))).to.equal('RATE_LIMITED');
  });
});
