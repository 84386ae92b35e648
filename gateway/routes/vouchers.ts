import { z } from 'zod';

import { codeSchema, newCode } from '../../chaincode/protocol/onboarding/code.ts';
import {
  acceptanceSchema,
  MAX_VOUCHER_DAYS,
  MAX_VOUCHER_DEVICES,
  voucherDraftSchema,
  voucherSchema,
} from '../../chaincode/protocol/onboarding/voucher.ts';
import { resourceOf } from '../../chaincode/protocol/policy/device-resource.ts';
import { mayForDevices } from '../http/access.ts';
import { nextField } from '../http/fields.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { codeListQuery, codeParams, newestCodes, withdrawalSchema } from './codes.ts';
import { devicesSchema, LEDGER_REFUSALS, SIGNED } from './device-changes.ts';
import { READ_REFUSALS } from './policies.ts';

const tag = 'Onboarding';

const createVoucher = defineRoute({
  method: 'post',
  path: '/api/v1/vouchers',
  tag,
  operation: 'createVoucher',
  summary: 'Make a voucher',
  description: `Promises up to ${MAX_VOUCHER_DEVICES} devices of the member’s organisation to another organisation that redeems the code, once, within ${MAX_VOUCHER_DAYS} days at most. With \`to\` it is good for that organisation alone, and whoever else gets hold of the code has nothing. **The code is in this answer and nowhere else**: the ledger has its hash. ${SIGNED}`,
  access: mayForDevices('voucher:create', 'contract'),
  request: z.strictObject({ body: voucherDraftSchema.omit({ id: true }).meta({ id: 'VoucherRequest' }) }),
  answer: {
    status: 201,
    description: 'The voucher as the ledger has it, and its code',
    schema: z.strictObject({ voucher: voucherSchema, code: codeSchema }).meta({ id: 'NewVoucher' }),
  },
  refusals: ['DEVICE_UNKNOWN', 'TRANSITION_ILLEGAL', ...LEDGER_REFUSALS],
  async handle({ request: { body }, caller: { session, judge }, exchange, parts: { fleet, organisations } }) {
    organisations.requireField(body);
    for (const id of body.devices) {
      const known = fleet.known(id);
      if (known !== undefined) judge.require('voucher:create', resourceOf(known));
    }
    const { id, code } = newCode();
    const { voucher } = exchange.committed(await session.vouchers.create({ id, ...body }));
    return { voucher, code };
  },
});

const listVouchers = defineRoute({
  method: 'get',
  path: '/api/v1/vouchers',
  tag,
  operation: 'listVouchers',
  summary: 'List vouchers',
  description:
    'Newest first, those that the asker may see, read from the ledger with the member’s own key. An open voucher whose ' +
    '`expiresAt` has passed cannot be redeemed.',
  access: mayForDevices('voucher:read', 'contract'),
  request: z.strictObject({ query: codeListQuery }),
  answer: {
    status: 200,
    description: 'A page of vouchers',
    schema: z.strictObject({ vouchers: z.array(voucherSchema), next: nextField }).meta({ id: 'VoucherList' }),
  },
  refusals: READ_REFUSALS,
  async handle({ request: { query }, caller: { session } }) {
    const { records, next } = await newestCodes(async (pageSize, from) => {
      const { vouchers, bookmark } = await session.vouchers.list(pageSize, from);
      return { records: vouchers, bookmark };
    }, query);
    return { vouchers: records, next };
  },
});

const withdrawVoucher = defineRoute({
  method: 'post',
  path: '/api/v1/vouchers/{id}/withdraw',
  tag,
  operation: 'withdrawVoucher',
  summary: 'Withdraw a voucher',
  description: `Its code is worthless from then on. ${SIGNED}`,
  access: mayForDevices('voucher:withdraw', 'contract'),
  request: z.strictObject({
    params: codeParams,
    body: withdrawalSchema,
  }),
  answer: { status: 200, description: 'The voucher as the ledger has it now', schema: voucherSchema },
  refusals: ['NOT_FOUND', 'CODE_REDEEMED', 'CODE_WITHDRAWN', ...LEDGER_REFUSALS],
  handle: async ({ request: { params, body }, caller: { session }, exchange }) =>
    exchange.committed(await session.vouchers.withdraw(params.id, body.reason)).voucher,
});

const redeemVoucher = defineRoute({
  method: 'post',
  path: '/api/v1/vouchers/redeem',
  tag,
  operation: 'redeemVoucher',
  summary: 'Redeem a voucher',
  description: `Makes its devices the member’s organisation’s, active, in this tenant and these groups: all, or none. If one of them was transferred, suspended or revoked meanwhile, the refusal names it. Each device then asks for its certificate with the key that it has. ${SIGNED}`,
  access: mayForDevices('voucher:redeem', 'contract'),
  request: z.strictObject({
    body: acceptanceSchema.extend({ code: codeSchema }).meta({ id: 'RedeemVoucher' }),
  }),
  answer: {
    status: 200,
    description: 'The devices as the ledger has them now',
    schema: devicesSchema,
  },
  refusals: [
    'NOT_FOUND',
    'CODE_REDEEMED',
    'CODE_WITHDRAWN',
    'CODE_EXPIRED',
    'TRANSITION_ILLEGAL',
    'KEY_TAKEN',
    ...LEDGER_REFUSALS,
  ],
  async handle({ request: { body }, caller: { session }, parts: { fleet } }) {
    const { code, ...acceptance } = body;
    const { devices } = await session.vouchers.redeem(code, acceptance);
    await fleet.caughtUp(devices);
    return { devices };
  },
});

export const voucherRoutes: readonly Route[] = [createVoucher, listVouchers, withdrawVoucher, redeemVoucher];
