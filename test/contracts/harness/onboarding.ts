import { randomBytes } from 'node:crypto';

import type { ErrorCode } from '../../../chaincode/protocol/errors.ts';
import {
  type Claim,
  claimSchema,
  redeemedClaimSchema,
} from '../../../chaincode/protocol/onboarding/claim.ts';
import type { RedeemedClaim } from '../../../chaincode/protocol/onboarding/claim.ts';
import { codeId, writeCode } from '../../../chaincode/protocol/onboarding/code.ts';
import {
  type RedeemedVoucher,
  redeemedVoucherSchema,
  type Voucher,
  voucherSchema,
} from '../../../chaincode/protocol/onboarding/voucher.ts';
import { type Call, TestChannel } from './channel.ts';
import { type Credentials, enrolRole } from './members.ts';
import { newPublicKey } from './samples.ts';
import { putTypes } from './types.ts';

/** The test channel's clock begins here, and every call takes a second. */
export const SOON = '2026-01-02T00:00:00.000Z';

export interface Code {
  id: string;
  text: string;
}

export function newCode(): Code {
  const secret = randomBytes(16);
  return { id: codeId(secret), text: writeCode(secret) };
}

type Organisation = 'manufacturer' | 'operator' | 'auditor';

/** A `registry` channel, with the transactions of onboarding as those call them who may. */
export class Onboarding {
  readonly channel: TestChannel;
  readonly gateway: Credentials;

  private constructor(channel: TestChannel, gateway: Credentials) {
    this.channel = channel;
    this.gateway = gateway;
  }

  static async begin(): Promise<Onboarding> {
    const channel = await TestChannel.begin('registry');
    await putTypes(channel, 'press', 'thermometer');
    return new Onboarding(channel, await enrolRole('operator', 'gateway'));
  }

  async admin(organisation: Organisation, name: string, ...args: string[]): Promise<unknown> {
    return (await this.channel.submit(await enrolRole(organisation, 'admin'), name, ...args)).result;
  }

  async refusal(organisation: Organisation, name: string, ...args: string[]): Promise<ErrorCode> {
    return (await this.channel.refusal(await enrolRole(organisation, 'admin'), name, ...args)).code;
  }

  /** A claim for `press-07` of the manufacturer, with the fields that are given. */
  async claim(code: Code, fields: Record<string, unknown> = {}): Promise<Claim> {
    return claimSchema.parse(
      await this.admin('manufacturer', 'ClaimContract:Create', claimDraft(code, fields)),
    );
  }

  redeeming(code: string | Uint8Array, publicKey = newPublicKey(), by = this.gateway): Call {
    return { ...this.channel.prepare(by, 'ClaimContract:Redeem', publicKey), transient: { code } };
  }

  async redeem(code: string, publicKey?: string): Promise<RedeemedClaim> {
    return redeemedClaimSchema.parse((await this.channel.submitCall(this.redeeming(code, publicKey))).result);
  }

  async refusedRedeem(code: string | Uint8Array, publicKey?: string): Promise<ErrorCode> {
    return (await this.channel.refusalOf(this.redeeming(code, publicKey))).code;
  }

  async voucher(code: Code, devices: string[], fields: object = {}): Promise<Voucher> {
    const draft = JSON.stringify({ id: code.id, devices, expiresAt: SOON, ...fields });
    return voucherSchema.parse(await this.admin('manufacturer', 'VoucherContract:Create', draft));
  }

  async accepting(by: Organisation, code: string, acceptance: object = { tenant: 'works' }): Promise<Call> {
    const call = this.channel.prepare(
      await enrolRole(by, 'admin'),
      'VoucherContract:Redeem',
      JSON.stringify(acceptance),
    );
    return { ...call, transient: { code } };
  }

  async accept(by: Organisation, code: string, acceptance?: object): Promise<RedeemedVoucher> {
    const { result } = await this.channel.submitCall(await this.accepting(by, code, acceptance));
    return redeemedVoucherSchema.parse(result);
  }
}

export function claimDraft(
  { id }: Code,
  { expiresAt = SOON, ...device }: Record<string, unknown> = {},
): string {
  return JSON.stringify({
    id,
    device: { id: 'press-07', tenant: 'acme', type: 'press', ...device },
    expiresAt,
  });
}
