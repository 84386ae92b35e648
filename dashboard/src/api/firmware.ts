import { path, withSignal, type ApiClient } from './client.ts';
import type { Release, ReleaseDraft, ReleaseView, VendorKey, VendorKeyDraft } from './types.ts';

/** Releases of firmware, their images, and the keys that sign them. */
export function firmware(client: ApiClient) {
  return {
    releases: (signal?: AbortSignal) =>
      client.call<{ releases: ReleaseView[] }>('/firmware/releases', withSignal(signal)),
    publishRelease: (draft: ReleaseDraft) =>
      client.call<Release>('/firmware/releases', { method: 'POST', body: draft }),
    /** @param onProgress is told how many bytes of it have been sent */
    uploadImage: (id: string, image: Blob, onProgress: (sent: number) => void) =>
      client.call<undefined>(path`/firmware/images/${id}`, {
        method: 'PUT',
        content: { type: 'application/octet-stream', bytes: image, onProgress },
      }),
    approveRelease: (id: string) =>
      client.call<Release>(path`/firmware/releases/${id}/approve`, { method: 'POST' }),
    endRelease: (id: string, verb: 'reject' | 'withdraw', reason: string) =>
      client.call<Release>(path`/firmware/releases/${id}/${verb}`, { method: 'POST', body: { reason } }),
    vendorKeys: (signal?: AbortSignal) =>
      client.call<{ keys: VendorKey[] }>('/firmware/vendor-keys', withSignal(signal)),
    registerVendorKey: (draft: VendorKeyDraft) =>
      client.call<VendorKey>('/firmware/vendor-keys', { method: 'POST', body: draft }),
    revokeVendorKey: (id: string, reason: string) =>
      client.call<VendorKey>(path`/firmware/vendor-keys/${id}/revoke`, { method: 'POST', body: { reason } }),
  };
}
