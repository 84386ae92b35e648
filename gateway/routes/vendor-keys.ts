import { z } from 'zod';

import { vendorKeyDraftSchema, vendorKeySchema } from '../../chaincode/protocol/firmware/vendor-key.ts';
import { hashHexSchema } from '../../chaincode/protocol/hash.ts';
import { mayForTypes } from '../http/access.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { withdrawalSchema } from './codes.ts';
import { LEDGER_REFUSALS, SIGNED } from './device-changes.ts';
import { CORROBORATED_REFUSALS } from './proposals.ts';

const tag = 'Firmware';

const listVendorKeys = defineRoute({
  method: 'get',
  path: '/api/v1/firmware/vendor-keys',
  tag,
  operation: 'listVendorKeys',
  summary: 'The keys that sign firmware',
  description: 'In the order of their ids, the fingerprints. Signed by two organisations’ peers.',
  access: mayForTypes('firmware:read', 'contract'),
  request: z.strictObject({}),
  answer: {
    status: 200,
    description: 'The keys',
    schema: z.strictObject({ keys: z.array(vendorKeySchema) }).meta({ id: 'VendorKeys' }),
  },
  refusals: CORROBORATED_REFUSALS,
  handle: async ({ caller: { session } }) => ({ keys: await session.firmware.keys() }),
});

const registerVendorKey = defineRoute({
  method: 'post',
  path: '/api/v1/firmware/vendor-keys',
  tag,
  operation: 'registerVendorKey',
  summary: 'Register a key that signs firmware',
  description:
    'As the member’s organisation’s, for its types alone. `proof` is the key’s own signature that this organisation may ' +
    `(\`npm run firmware -- key register\` makes it). ${SIGNED}`,
  access: mayForTypes('firmware:vendor-key', 'contract'),
  request: z.strictObject({ body: vendorKeyDraftSchema }),
  answer: { status: 201, description: 'The key as the ledger has it now', schema: vendorKeySchema },
  refusals: ['KEY_INVALID', 'KEY_TAKEN', ...LEDGER_REFUSALS],
  handle: async ({ request: { body }, caller: { session }, exchange }) =>
    exchange.committed(await session.firmware.registerKey(body)).key,
});

const revokeVendorKey = defineRoute({
  method: 'post',
  path: '/api/v1/firmware/vendor-keys/{id}/revoke',
  tag,
  operation: 'revokeVendorKey',
  summary: 'Revoke a key that signs firmware',
  description: `For good; no device gets what it signed any more. ${SIGNED}`,
  access: mayForTypes('firmware:vendor-key', 'contract'),
  request: z.strictObject({ params: z.strictObject({ id: hashHexSchema }), body: withdrawalSchema }),
  answer: { status: 200, description: 'The key as the ledger has it now', schema: vendorKeySchema },
  refusals: ['NOT_FOUND', 'TRANSITION_ILLEGAL', ...LEDGER_REFUSALS],
  handle: async ({ request: { params, body }, caller: { session }, exchange }) =>
    exchange.committed(await session.firmware.revokeKey(params.id, body.reason)).key,
});

export const vendorKeyRoutes: readonly Route[] = [listVendorKeys, registerVendorKey, revokeVendorKey];
