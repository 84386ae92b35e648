import { expect } from 'chai';

import { newCode } from '../../../chaincode/protocol/onboarding/code.ts';
import { newVendor, releaseDraft, vendorKeyDraft } from '../../../chaincode/protocol/testing/firmware.ts';
import { rolloutDraft } from '../../../chaincode/protocol/testing/rollouts.ts';
import { fromBase64, toBase64 } from '../../../network/signing/base64.ts';
import type { LedgerAction } from '../../../network/signing/proposal.ts';
import { endorsedByPeer, proposedBySdk, questionBySdk } from '../../../network/signing/testing/fabric.ts';
import { readTransaction } from '../../../network/signing/transaction.ts';
import type { Words } from '../../../network/signing/words.ts';
import { ApiClient } from '../api/client.ts';
import { createApi, type Api } from '../api/endpoints.ts';
import { ApiProblem } from '../api/problem.ts';
import { readOwnKey, type OwnKey } from './own-key.ts';
import { signingApi } from './signing-api.ts';
import { certifiedKey } from './testing/certified-key.ts';

type Body = Record<string, unknown>;

const DEVICE = {
  id: 'press-07',
  tenant: 'acme',
  type: 'press',
  org: 'OperatorMSP',
  publicKey: '-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n',
  keyFingerprint: 'a'.repeat(64),
  previousKey: null,
  retiredKeys: [],
  status: 'suspended',
  epoch: 1,
  groups: [],
  tags: {},
  transfer: null,
  registeredAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  reason: 'a pause',
  by: 'olga@operator',
  transaction: 'b'.repeat(64),
};

describe('changes by somebody with a key of their own', () => {
  let key: OwnKey;
  let loaded: OwnKey | undefined;
  let asked: string[];
  let shown: Words[];
  /** What the person says, one question after another; yes, after the last. */
  let answers: boolean[];
  let tamper: (action: LedgerAction) => LedgerAction;

  before(async () => {
    const certified = await certifiedKey('olga@operator');
    key = await readOwnKey(certified.key, certified.certificate);
  });

  beforeEach(() => {
    loaded = key;
    asked = [];
    shown = [];
    answers = [];
    tamper = (action) => action;
    result = DEVICE;
  });

  let result: unknown;

  /** A gateway that prepares by Fabric's own library, and peers that endorse everything. */
  const steps: Record<string, (body: Body) => object> = {
    '/api/v1/signing/proposals': ({ certificate, ...action }) => {
      const signatory = { mspId: 'OperatorMSP', certificate: String(certificate) };
      const prepared = proposedBySdk({ action: tamper(action as unknown as LedgerAction), signatory });
      return { proposal: toBase64(prepared.getBytes()) };
    },
    '/api/v1/signing/endorsements': ({ proposal }) => ({
      transaction: toBase64(endorsedByPeer(fromBase64(String(proposal)), { result: JSON.stringify(result) })),
    }),
    '/api/v1/signing/submissions': ({ transaction }) => {
      const { proposal } = readTransaction(fromBase64(String(transaction)));
      return { commit: toBase64(questionBySdk(proposal, proposal.transactionId)) };
    },
    '/api/v1/signing/commit-status': () => ({ transaction: DEVICE.transaction, block: 7 }),
    '/api/v1/devices/press-07/suspend': () => DEVICE,
  };

  function apiOf(): Api {
    const client = new ApiClient({
      fetch: (path, init) => {
        const address = typeof path === 'string' ? path : '';
        asked.push(address);
        const body = JSON.parse(typeof init?.body === 'string' ? init.body : '{}') as Body;
        return Promise.resolve(Response.json(steps[address]?.(body)));
      },
      sendWithProgress: () => Promise.reject(new Error('no file is signed')),
      tokens: { token: 'a token', renew: () => Promise.resolve(undefined) },
    });
    return signingApi({
      api: createApi(client),
      client,
      signer: () => Promise.resolve(loaded && { key: loaded, mspId: 'OperatorMSP' }),
      confirm: (words) => {
        shown.push(words);
        return Promise.resolve(answers.shift() ?? true);
      },
    });
  }

  async function problem(work: Promise<unknown>): Promise<ApiProblem> {
    const error: unknown = await work.catch((thrown: unknown) => thrown);
    if (error instanceof ApiProblem) return error;
    throw error;
  }

  it('go the usual way without a key', async () => {
    loaded = undefined;
    expect(await apiOf().changeStatus('press-07', 'suspend', 'a pause')).to.deep.equal(DEVICE);
    expect(asked).to.deep.equal(['/api/v1/devices/press-07/suspend']);
    expect(shown).to.deep.equal([]);
  });

  it('are shown as the proposal says them, signed, and give what the peers endorsed', async () => {
    const changed = await apiOf().changeStatus('press-07', 'suspend', 'a pause');
    expect(changed).to.deep.equal(DEVICE);
    expect(shown.map(({ name, details }) => [name, ...details.map(({ value }) => value)])).to.deep.equal([
      ['device suspend', 'press-07', 'a pause'],
    ]);
    expect(asked.map((path) => path.split('/').at(-1))).to.deep.equal([
      'proposals',
      'endorsements',
      'submissions',
      'commit-status',
    ]);
  });

  it('are not sent on when the person does not sign', async () => {
    answers = [false];
    const refused = await problem(apiOf().changeStatus('press-07', 'suspend', 'a pause'));
    expect(refused.code).to.equal('NOT_SIGNED');
    expect(asked).to.have.lengthOf(1);
  });

  it('are neither shown nor signed when the gateway prepared something else', async () => {
    tamper = (action) => ({ ...action, method: 'Revoke' });
    const refused = await problem(apiOf().changeStatus('press-07', 'suspend', 'a pause'));
    expect(refused.code).to.equal('PREPARED_DIFFERS');
    expect(refused.detail).to.include('its method is "Revoke"');
    expect(shown).to.deep.equal([]);
    expect(asked).to.have.lengthOf(1);
  });

  it('are all that is decided about devices, their types and codes', async () => {
    const { publicKey } = DEVICE;
    const FLOW = { name: 'flow', unit: 'l/min', minimum: 0, maximum: null, dataType: 'number' } as const;
    const expiresAt = '2026-12-01T00:00:00.000Z';
    const { code } = newCode();
    const api = apiOf();
    const decisions = [
      () => api.rotateKey('press-07', publicKey, Date.UTC(2026, 11, 1)),
      () => api.rotateKey('press-07', publicKey, null),
      () => api.reprovision('press-07', publicKey, 'wiped'),
      () => api.label('press-07', { groups: ['hall-7'], tags: { site: 'Ulm' } }),
      () => api.offer('press-07', 'AuditorMSP', 'sold'),
      () => api.withdrawOffer('press-07', 'not sold'),
      () => api.accept('press-07', 'arrived'),
      () => api.putType('press', { description: 'Presses', sensors: [FLOW] }),
      () => api.createClaim({ device: { id: 'press-08', tenant: 'acme', type: 'press' }, expiresAt }),
      () => api.withdrawClaim('d'.repeat(64), 'lost'),
      () => api.createVoucher({ devices: ['press-07'], expiresAt }),
      () => api.withdrawVoucher('d'.repeat(64), 'lost'),
      () => api.redeemVoucher({ code, tenant: 'works', groups: [] }),
    ];
    answers = decisions.map(() => false);
    for (const decide of decisions) expect((await problem(decide())).code).to.equal('NOT_SIGNED');
    expect(shown.map(({ name }) => name)).to.deep.equal([
      'device rotate-key',
      'device rotate-key',
      'device reprovision',
      'device label',
      'device transfer',
      'device cancel-transfer',
      'device accept-transfer',
      'type put',
      'claim create',
      'claim withdraw',
      'voucher create',
      'voucher withdraw',
      'voucher redeem',
    ]);
    expect(shown.at(-1)?.details.map(({ value }) => value)).to.include(code);
    expect(asked.every((path) => path === '/api/v1/signing/proposals')).to.equal(true);
  });

  it('are commands, too, each device of which is in what is signed', async () => {
    const deed = {
      name: 'olga@operator',
      org: 'OperatorMSP',
      at: DEVICE.registeredAt,
      transaction: DEVICE.transaction,
    };
    const command = {
      ...{ id: '018f2f6e-3a71-7c1e-9c9c-3f0c2a8c1d55', name: 'restart', type: 'press', tenant: 'acme' },
      ...{ org: 'OperatorMSP', devices: ['press-07'], group: null, parameters: {}, version: 1 },
      ...{ lifetimeSeconds: 60, timeoutSeconds: 60, state: 'queued', issued: deed, decided: null },
      ...{ cancelled: null, reason: null, expiresAt: DEVICE.registeredAt },
    };
    const { id, name, devices, parameters } = command;
    const told = { id, state: 'queued', transaction: DEVICE.transaction };
    result = [{ command }];
    expect(await apiOf().issueCommand({ id, name, devices, parameters })).to.deep.equal(told);
    result = command;
    expect(await apiOf().approveCommand(id)).to.deep.equal(told);
    expect(await apiOf().endCommand(id, 'cancel', 'a mistake')).to.deep.equal(told);
    expect([...new Set(shown.map((words) => words.name))]).to.deep.equal([
      'command issue',
      'command approve',
      'command cancel',
    ]);
    const group = await problem(apiOf().issueCommand({ id, name, group: 'hall-7', parameters }));
    expect([group.code, group.title]).to.deep.equal(['INVALID_ARGUMENT', 'Nothing was changed']);
  });

  it('are firmware, too, the keys that sign it, and its rollouts', async () => {
    const vendor = newVendor();
    const draft = releaseDraft(vendor, new Uint8Array([1]));
    const rollout = rolloutDraft({ release: draft.id });
    const api = apiOf();
    const decisions = [
      () => api.publishRelease(draft),
      () => api.approveRelease(draft.id),
      () => api.endRelease(draft.id, 'reject', 'untried'),
      () => api.endRelease(draft.id, 'withdraw', 'it restarts'),
      () => api.registerVendorKey(vendorKeyDraft(vendor, 'OperatorMSP')),
      () => api.revokeVendorKey(vendor.id, 'stolen'),
      () => api.createRollout(rollout),
      () => api.forwardRollout(rollout.id, 'approve'),
      () => api.forwardRollout(rollout.id, 'resume'),
      () => api.haltRollout(rollout.id, 'pause', 'it is noisy'),
      () => api.haltRollout(rollout.id, 'cancel', 'it restarts'),
    ];
    answers = decisions.map(() => false);
    for (const decide of decisions) expect((await problem(decide())).code).to.equal('NOT_SIGNED');
    expect(shown.map(({ name }) => name)).to.deep.equal([
      'firmware publish',
      'firmware approve',
      'firmware reject',
      'firmware withdraw',
      'vendor-key register',
      'vendor-key revoke',
      'rollout create',
      'rollout approve',
      'rollout resume',
      'rollout pause',
      'rollout cancel',
    ]);
  });

  it('show what is approved as the peers have it, before the last signature', async () => {
    const id = 'c'.repeat(64);
    answers = [true, false];
    const refused = await problem(apiOf().decideProposal('registry', id, 'approve'));
    expect(refused.code).to.equal('NOT_SIGNED');
    expect(shown.map(({ name }) => name)).to.deep.equal(['policy approve', 'policy approve']);
    expect(shown[0]?.details[0]?.value).to.equal(id);
    expect(shown[1]?.details.find(({ what }) => what === 'reason')?.value).to.equal('a pause');
    expect(asked).to.have.lengthOf(2);
  });

  it('say which channel’s rules they are about', async () => {
    answers = [false];
    await problem(apiOf().decideProposal('anchors', 'c'.repeat(64), 'reject'));
    expect(shown[0]?.name).to.equal('anchors-policy reject');
    expect(shown[0]?.effect).to.match(/on the channel anchors$/);
  });
});
