import type { Post } from '../../../signing/json-gateway.ts';
import type { Words } from '../../../signing/words.ts';
import { API_PREFIX, type ApiClient } from '../api/client.ts';
import type { Api } from '../api/endpoints.ts';
import type { Device } from '../api/types.ts';
import type { OwnKey } from './own-key.ts';
import type { SigningContext, Values } from './signed-change.ts';

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
  const context = async (): Promise<SigningContext | undefined> => {
    const found = await signer();
    return found === undefined ? undefined : { ...found, post, confirm };
  };
  const load = () => import('./signed-change.ts');
  /** @param usual what is done without a key of one's own */
  async function changed(usual: () => Promise<Device>, name: string, values: Values): Promise<Device> {
    const own = await context();
    if (own === undefined) return usual();
    const { signedDevice } = await load();
    return signedDevice(own, name, values);
  }
  return {
    ...api,
    async register(device) {
      const own = await context();
      if (own === undefined) return api.register(device);
      const { signedDevices } = await load();
      return { devices: await signedDevices(own, 'device register', { devices: JSON.stringify([device]) }) };
    },
    changeStatus: (id, action, reason) =>
      changed(() => api.changeStatus(id, action, reason), `device ${action}`, { device: id, reason }),
    rotateKey: (id, key, overlapUntil) =>
      changed(() => api.rotateKey(id, key, overlapUntil), 'device rotate-key', {
        device: id,
        key,
        until: overlapUntil === null ? '' : new Date(overlapUntil).toISOString(),
      }),
    reprovision: (id, key, reason) =>
      changed(() => api.reprovision(id, key, reason), 'device reprovision', { device: id, key, reason }),
    label: (id, labels) =>
      changed(() => api.label(id, labels), 'device label', { device: id, labels: JSON.stringify(labels) }),
    offer: (id, to, reason) =>
      changed(() => api.offer(id, to, reason), 'device transfer', { device: id, to, reason }),
    withdrawOffer: (id, reason) =>
      changed(() => api.withdrawOffer(id, reason), 'device cancel-transfer', { device: id, reason }),
    accept: (id, reason) =>
      changed(() => api.accept(id, reason), 'device accept-transfer', { device: id, reason }),
    async putType(name, change) {
      const own = await context();
      if (own === undefined) return api.putType(name, change);
      const { signedType } = await load();
      return signedType(own, 'type put', { type: JSON.stringify({ name, ...change }) });
    },
    async propose(change, reason) {
      const own = await context();
      if (own === undefined) return api.propose(change, reason);
      const { signedProposal } = await load();
      return signedProposal(own, 'policy propose', { change: JSON.stringify(change), reason });
    },
    async decideProposal(id, verb) {
      const own = await context();
      if (own === undefined) return api.decideProposal(id, verb);
      const { signedProposal } = await load();
      return signedProposal(own, `policy ${verb}`, { proposal: id });
    },
  };
}
