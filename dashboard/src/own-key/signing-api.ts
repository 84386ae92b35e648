import type { Post } from '../../../network/signing/json-gateway.ts';
import type { Words } from '../../../network/signing/words.ts';
import { API_PREFIX, type ApiClient } from '../api/client.ts';
import type { Api } from '../api/endpoints.ts';
import type { OwnKey } from './own-key.ts';
import type { SignedChanges } from './signed-change.ts';

/** As the changes that can be signed are named. */
const POLICY_OF = { registry: 'policy', anchors: 'anchors-policy' } as const;

interface SigningApiOptions {
  readonly api: Api;
  readonly client: Pick<ApiClient, 'call'>;
  /** The key to sign with, if the person has loaded one, and the organisation that it is of. */
  readonly signer: () => Promise<{ key: OwnKey; mspId: string } | undefined>;
  readonly confirm: (words: Words) => Promise<boolean>;
}

/**
 * The gateway's interface for somebody who may have a key of their own: with one, changes on the ledger are signed here
 * and go by the signing routes; without, they go as they always do, signed by the gateway with the session's key.
 */
export function signingApi({ api, client, signer, confirm }: SigningApiOptions): Api {
  const post: Post = (path, body) => client.call(path.slice(API_PREFIX.length), { method: 'POST', body });
  /** @param usual what is done without a key of one's own */
  async function changed<Result>(
    usual: () => Promise<Result>,
    bySignature: (changes: SignedChanges) => Promise<Result>,
  ): Promise<Result> {
    const found = await signer();
    if (found === undefined) return usual();
    const { signedChanges } = await import('./signed-change.ts');
    return bySignature(signedChanges({ ...found, post, confirm }));
  }
  return {
    ...api,
    register: (device) =>
      changed(
        () => api.register(device),
        async ({ devices }) => ({
          devices: await devices('device register', { devices: JSON.stringify([device]) }),
        }),
      ),
    changeStatus: (id, action, reason) =>
      changed(
        () => api.changeStatus(id, action, reason),
        ({ device }) => device(`device ${action}`, { device: id, reason }),
      ),
    rotateKey: (id, key, overlapUntil) =>
      changed(
        () => api.rotateKey(id, key, overlapUntil),
        ({ device }) =>
          device('device rotate-key', {
            device: id,
            key,
            until: overlapUntil === null ? '' : new Date(overlapUntil).toISOString(),
          }),
      ),
    reprovision: (id, key, reason) =>
      changed(
        () => api.reprovision(id, key, reason),
        ({ device }) => device('device reprovision', { device: id, key, reason }),
      ),
    label: (id, labels) =>
      changed(
        () => api.label(id, labels),
        ({ device }) => device('device label', { device: id, labels: JSON.stringify(labels) }),
      ),
    offer: (id, to, reason) =>
      changed(
        () => api.offer(id, to, reason),
        ({ device }) => device('device transfer', { device: id, to, reason }),
      ),
    withdrawOffer: (id, reason) =>
      changed(
        () => api.withdrawOffer(id, reason),
        ({ device }) => device('device cancel-transfer', { device: id, reason }),
      ),
    accept: (id, reason) =>
      changed(
        () => api.accept(id, reason),
        ({ device }) => device('device accept-transfer', { device: id, reason }),
      ),
    putType: (name, change) =>
      changed(
        () => api.putType(name, change),
        ({ type }) => type('type put', { type: JSON.stringify({ name, ...change }) }),
      ),
    defineCommand: (type, name, change) =>
      changed(
        () => api.defineCommand(type, name, change),
        ({ entry }) => entry('command define', { definition: JSON.stringify({ type, name, ...change }) }),
      ),
    issueCommand: (request) =>
      changed(
        () => api.issueCommand(request),
        ({ issuedCommand }) => issuedCommand(request),
      ),
    approveCommand: (id) =>
      changed(
        () => api.approveCommand(id),
        ({ command }) => command('command approve', { command: id }),
      ),
    endCommand: (id, verb, reason) =>
      changed(
        () => api.endCommand(id, verb, reason),
        ({ command }) => command(`command ${verb}`, { command: id, reason }),
      ),
    publishRelease: (draft) =>
      changed(
        () => api.publishRelease(draft),
        ({ release }) => release('firmware publish', { release: JSON.stringify(draft) }),
      ),
    approveRelease: (id) =>
      changed(
        () => api.approveRelease(id),
        ({ release }) => release('firmware approve', { releaseId: id }),
      ),
    endRelease: (id, verb, reason) =>
      changed(
        () => api.endRelease(id, verb, reason),
        ({ release }) => release(`firmware ${verb}`, { releaseId: id, reason }),
      ),
    registerVendorKey: (draft) =>
      changed(
        () => api.registerVendorKey(draft),
        ({ vendorKey }) => vendorKey('vendor-key register', { vendorKey: JSON.stringify(draft) }),
      ),
    revokeVendorKey: (id, reason) =>
      changed(
        () => api.revokeVendorKey(id, reason),
        ({ vendorKey }) => vendorKey('vendor-key revoke', { vendorKeyId: id, reason }),
      ),
    createRollout: (draft) =>
      changed(
        () => api.createRollout(draft),
        ({ rollout }) => rollout('rollout create', { rollout: JSON.stringify(draft) }),
      ),
    forwardRollout: (id, verb) =>
      changed(
        () => api.forwardRollout(id, verb),
        ({ rollout }) => rollout(`rollout ${verb}`, { rolloutId: id }),
      ),
    haltRollout: (id, verb, reason) =>
      changed(
        () => api.haltRollout(id, verb, reason),
        ({ rollout }) => rollout(`rollout ${verb}`, { rolloutId: id, reason }),
      ),
    createClaim: (request) =>
      changed(
        () => api.createClaim(request),
        ({ newClaim }) => newClaim(request),
      ),
    withdrawClaim: (id, reason) =>
      changed(
        () => api.withdrawClaim(id, reason),
        ({ claim }) => claim('claim withdraw', { codeId: id, reason }),
      ),
    createVoucher: (request) =>
      changed(
        () => api.createVoucher(request),
        ({ newVoucher }) => newVoucher(request),
      ),
    withdrawVoucher: (id, reason) =>
      changed(
        () => api.withdrawVoucher(id, reason),
        ({ voucher }) => voucher('voucher withdraw', { codeId: id, reason }),
      ),
    redeemVoucher: ({ code, ...acceptance }) =>
      changed(
        () => api.redeemVoucher({ code, ...acceptance }),
        ({ redeemed }) => redeemed('voucher redeem', { acceptance: JSON.stringify(acceptance) }, code),
      ),
    propose: (channel, request) =>
      changed(
        () => api.propose(channel, request),
        ({ proposal }) => {
          const { change, reason, expiresAt: expiry } = request;
          return proposal(`${POLICY_OF[channel]} propose`, {
            change: JSON.stringify(change),
            reason,
            expiry,
          });
        },
      ),
    decideProposal: (channel, id, verb) =>
      changed(
        () => api.decideProposal(channel, id, verb),
        ({ proposal }) => proposal(`${POLICY_OF[channel]} ${verb}`, { proposal: id }),
      ),
  };
}
