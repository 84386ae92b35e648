import type { Post } from '../../../signing/json-gateway.ts';
import type { Words } from '../../../signing/words.ts';
import { API_PREFIX, type ApiClient } from '../api/client.ts';
import type { Api } from '../api/endpoints.ts';
import type { OwnKey } from './own-key.ts';
import type { SigningContext } from './signed-change.ts';

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
  return {
    ...api,
    async register(device) {
      const own = await context();
      if (own === undefined) return api.register(device);
      const { signedDevices } = await load();
      return { devices: await signedDevices(own, 'device register', { devices: JSON.stringify([device]) }) };
    },
    async changeStatus(id, action, reason) {
      const own = await context();
      if (own === undefined) return api.changeStatus(id, action, reason);
      const { signedDevice } = await load();
      return signedDevice(own, `device ${action}`, { device: id, reason });
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
