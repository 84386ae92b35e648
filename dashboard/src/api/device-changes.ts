import { path, type ApiClient } from './client.ts';
import type { Device, Labels } from './types.ts';

export type StatusAction = 'activate' | 'suspend' | 'revoke';

/** What people decide about a device: each answers with the device as the ledger has it then. */
export function deviceChanges(client: ApiClient) {
  const change = (target: string, body: unknown, method: 'POST' | 'PUT' = 'POST') =>
    client.call<Device>(target, { method, body });

  return {
    changeStatus: (id: string, action: StatusAction, reason: string) =>
      change(path`/devices/${id}/${action}`, { reason }),

    /** @param overlapUntil until when the old key works, too, in milliseconds; null: not from now on */
    rotateKey: (id: string, publicKey: string, overlapUntil: number | null) =>
      change(path`/devices/${id}/rotate-key`, { publicKey, overlapUntil }),

    reprovision: (id: string, publicKey: string, reason: string) =>
      change(path`/devices/${id}/reprovision`, { publicKey, reason }),

    label: (id: string, labels: Labels) => change(path`/devices/${id}/labels`, labels, 'PUT'),

    offer: (id: string, to: string, reason: string) => change(path`/devices/${id}/transfer`, { to, reason }),
    withdrawOffer: (id: string, reason: string) => change(path`/devices/${id}/transfer/cancel`, { reason }),
    accept: (id: string, reason: string) => change(path`/devices/${id}/transfer/accept`, { reason }),
  };
}
