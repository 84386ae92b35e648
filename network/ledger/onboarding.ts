import type { z } from 'zod';
import {
  type Claim,
  type ClaimDraft,
  type ClaimPage,
  claimPageSchema,
  claimSchema,
  type RedeemedClaim,
  redeemedClaimSchema,
} from '../../chaincode/protocol/onboarding/claim.ts';
import {
  type Acceptance,
  type RedeemedVoucher,
  redeemedVoucherSchema,
  type Voucher,
  type VoucherDraft,
  type VoucherPage,
  voucherPageSchema,
  voucherSchema,
} from '../../chaincode/protocol/onboarding/voucher.ts';
import type { Committed, ContractClient, LedgerCall } from './client.ts';
import { parseResult } from './contract-results.ts';

export type ClaimCommitted = Committed & { readonly claim: Claim };
export type VoucherCommitted = Committed & { readonly voucher: Voucher };

/** Claims in the platform's words. Refusals bear the contract's codes; see LedgerError for the rest. */
export interface ClaimLedger {
  create(draft: ClaimDraft): Promise<ClaimCommitted>;
  /** @param publicKey PEM (SubjectPublicKeyInfo, P-256), with which the device has signed */
  redeem(code: string, publicKey: string): Promise<Committed & RedeemedClaim>;
  withdraw(id: string, reason: string): Promise<ClaimCommitted>;
  get(id: string): Promise<Claim>;
  /** @param bookmark empty for the first page, then that of the page before; empty again in the last page */
  list(pageSize: number, bookmark: string): Promise<ClaimPage>;
}

/** Vouchers in the platform's words. */
export interface VoucherLedger {
  create(draft: VoucherDraft): Promise<VoucherCommitted>;
  redeem(code: string, acceptance: Acceptance): Promise<Committed & RedeemedVoucher>;
  withdraw(id: string, reason: string): Promise<VoucherCommitted>;
  list(pageSize: number, bookmark: string): Promise<VoucherPage>;
}

export function claimLedger(client: ContractClient): ClaimLedger {
  const contract = new OnboardingContract(client, 'ClaimContract');
  const change = async (transaction: string, ...args: string[]): Promise<ClaimCommitted> => {
    const { result, committed } = await contract.submit(claimSchema, transaction, args);
    return { claim: result, ...committed };
  };
  return {
    create: (draft) => change('Create', JSON.stringify(draft)),
    async redeem(code, publicKey) {
      const { result, committed } = await contract.submit(redeemedClaimSchema, 'Redeem', [publicKey], code);
      return { ...result, ...committed };
    },
    withdraw: (id, reason) => change('Withdraw', id, reason),
    get: (id) => contract.evaluate(claimSchema, 'Get', id),
    list: (pageSize, bookmark) => contract.evaluate(claimPageSchema, 'List', String(pageSize), bookmark),
  };
}

export function voucherLedger(client: ContractClient): VoucherLedger {
  const contract = new OnboardingContract(client, 'VoucherContract');
  const change = async (transaction: string, ...args: string[]): Promise<VoucherCommitted> => {
    const { result, committed } = await contract.submit(voucherSchema, transaction, args);
    return { voucher: result, ...committed };
  };
  return {
    create: (draft) => change('Create', JSON.stringify(draft)),
    async redeem(code, acceptance) {
      const args = [JSON.stringify(acceptance)];
      const { result, committed } = await contract.submit(redeemedVoucherSchema, 'Redeem', args, code);
      return { ...result, ...committed };
    },
    withdraw: (id, reason) => change('Withdraw', id, reason),
    list: (pageSize, bookmark) => contract.evaluate(voucherPageSchema, 'List', String(pageSize), bookmark),
  };
}

/** A contract whose transactions may take a code. That is never an argument: arguments are in the block, for all to read. */
class OnboardingContract {
  readonly #client: ContractClient;
  readonly #name: string;

  constructor(client: ContractClient, name: string) {
    this.#client = client;
    this.#name = name;
  }

  async submit<Schema extends z.ZodType>(
    schema: Schema,
    transaction: string,
    args: readonly string[],
    code?: string,
  ): Promise<{ result: z.output<Schema>; committed: Committed }> {
    const transient = code === undefined ? {} : { transient: { code } };
    const { result, ...committed } = await this.#client.submit({
      ...this.#call(transaction, args),
      ...transient,
    });
    return { result: parseResult(schema, result), committed };
  }

  async evaluate<Schema extends z.ZodType>(
    schema: Schema,
    transaction: string,
    ...args: string[]
  ): Promise<z.output<Schema>> {
    return parseResult(schema, await this.#client.evaluate(this.#call(transaction, args)));
  }

  #call(transaction: string, args: readonly string[]): LedgerCall {
    return { channel: 'registry', contract: this.#name, transaction, args };
  }
}
