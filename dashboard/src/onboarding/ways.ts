import type { Action } from '../api/types.ts';

export interface Way {
  /** Name of its route. */
  name: 'claims' | 'vouchers' | 'import';
  label: string;
  needs: readonly Action[];
}

const WAYS: readonly Way[] = [
  { name: 'claims', label: 'Claim codes', needs: ['claim:create', 'claim:read'] },
  { name: 'vouchers', label: 'Vouchers', needs: ['voucher:create', 'voucher:redeem', 'voucher:read'] },
  { name: 'import', label: 'Import a file', needs: ['device:register'] },
];

/** Who may do any of this is led to the page. */
export const ONBOARDING_ACTIONS: readonly Action[] = WAYS.flatMap(({ needs }) => needs);

export function waysFor(may: (action: Action) => boolean): Way[] {
  return WAYS.filter(({ needs }) => needs.some(may));
}
