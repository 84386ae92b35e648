import { path, withSignal, type ApiClient } from './client.ts';
import type {
  Claim,
  ClaimRequest,
  CodeState,
  Device,
  ImportPlan,
  ImportRun,
  Voucher,
  VoucherRedemption,
  VoucherRequest,
} from './types.ts';

export interface CodeFilter {
  state?: CodeState;
  limit: number;
  cursor?: string;
}

/** A file as somebody chose it; its kind decides how the gateway reads it. */
export interface ImportFile {
  name: string;
  type: 'text/csv' | 'application/json';
  content: Blob;
}

/** How devices come to the platform: by a code of their own, from another organisation, or many at once. */
export function onboarding(client: ApiClient) {
  const post = <Answer>(target: string, body: unknown) =>
    client.call<Answer>(target, { method: 'POST', body });
  const send = <Answer>(target: string, { type, content }: ImportFile, signal?: AbortSignal) =>
    client.call<Answer>(target, { method: 'POST', content: { type, bytes: content }, ...withSignal(signal) });

  return {
    claims: (filter: CodeFilter, signal?: AbortSignal) =>
      client.call<{ claims: Claim[]; next: string | null }>('/claims', {
        query: { ...filter },
        ...withSignal(signal),
      }),
    /** The code is in this answer and nowhere else. */
    createClaim: (request: ClaimRequest) => post<{ claim: Claim; code: string }>('/claims', request),
    withdrawClaim: (id: string, reason: string) => post<Claim>(path`/claims/${id}/withdraw`, { reason }),

    vouchers: (filter: CodeFilter, signal?: AbortSignal) =>
      client.call<{ vouchers: Voucher[]; next: string | null }>('/vouchers', {
        query: { ...filter },
        ...withSignal(signal),
      }),
    /** The code is in this answer and nowhere else. */
    createVoucher: (request: VoucherRequest) =>
      post<{ voucher: Voucher; code: string }>('/vouchers', request),
    withdrawVoucher: (id: string, reason: string) =>
      post<Voucher>(path`/vouchers/${id}/withdraw`, { reason }),
    redeemVoucher: (redemption: VoucherRedemption) =>
      post<{ devices: Device[] }>('/vouchers/redeem', redemption),

    planImport: (file: ImportFile, signal?: AbortSignal) =>
      send<ImportPlan>('/imports/dry-run', file, signal),
    startImport: (file: ImportFile, { activate }: { activate: boolean }) =>
      send<{ id: string }>(`/imports?activate=${activate}`, file),
    importRun: (id: string, signal?: AbortSignal) =>
      client.call<ImportRun>(path`/imports/${id}`, withSignal(signal)),
  };
}
