import { z } from 'zod';

import { deviceSchema } from '../../chaincode/protocol/device.ts';
import type { ErrorCode } from '../../chaincode/protocol/errors.ts';
import { codeSchema } from '../../chaincode/protocol/onboarding/code.ts';
import { certificateRequestSchema } from '../../network/pki/certificate-request.ts';
import { type Access, anyone } from '../http/access.ts';
import { networkOf } from '../http/rate-limit.ts';
import { defineRoute, type Route } from '../http/route.ts';
import type { Certified } from '../onboarding/onboarding.ts';
import type { Parts } from '../parts.ts';
import { LEDGER_REFUSALS } from './device-changes.ts';

const tag = 'Onboarding';

/** Whoever has neither account nor certificate yet: it costs a signature and an answer of the ledger, so not too often. */
const newcomer: Access<undefined> = {
  ...anyone,
  who: 'everyone, a bounded number of times a minute',
  count: ({ address }, { onboardingLimit }) => onboardingLimit.consume(networkOf(address)),
};

const brokerSchema = z.strictObject({ host: z.string(), port: z.int() });

const onboardedSchema = z
  .strictObject({
    device: deviceSchema,
    certificate: z.string().meta({ description: 'For the key in the request: PEM' }),
    authority: z
      .string()
      .meta({ description: 'Whom the broker’s and the gateway’s own certificates come from: PEM' }),
    broker: brokerSchema.meta({ description: 'MQTT 5 over TLS, with the certificate' }),
  })
  .meta({ id: 'Onboarded', description: 'All that a device needs to send messages' });

const CERTIFICATE_REFUSALS: readonly ErrorCode[] = [
  'KEY_INVALID',
  'DEVICE_UNKNOWN',
  'DEVICE_NOT_ACTIVE',
  'LEDGER_STALE',
  'ISSUER_UNAVAILABLE',
];

function onboarded({ device, certificate }: Certified, { meetingPlace }: Parts) {
  return { device, certificate, ...meetingPlace };
}

const redeemClaim = defineRoute({
  method: 'post',
  path: '/api/v1/onboarding/claims',
  tag,
  operation: 'redeemClaim',
  summary: 'Become a device by a claim code',
  description:
    'The device makes a key, signs a request (PKCS#10) with it, and sends both the request and the code. It is then on ' +
    'the ledger with this key, active, and has its certificate. A common name in the request is not needed, and has to ' +
    'be the device’s id if there is one. A code is good once; who lost the answer asks again with the same code and a ' +
    'request of the same key.',
  access: newcomer,
  request: z.strictObject({
    body: z.strictObject({ code: codeSchema, request: certificateRequestSchema }).meta({ id: 'RedeemClaim' }),
  }),
  answer: { status: 201, description: 'The device and its certificate', schema: onboardedSchema },
  refusals: [
    'NOT_FOUND',
    'CODE_REDEEMED',
    'CODE_WITHDRAWN',
    'CODE_EXPIRED',
    'DEVICE_EXISTS',
    'KEY_TAKEN',
    'FORBIDDEN',
    'LEDGER_EVALUATE_FAILED',
    ...CERTIFICATE_REFUSALS,
    ...LEDGER_REFUSALS,
  ],
  async handle({ request: { body }, parts, exchange }) {
    const certified = await parts.onboarding.redeem(body.code, body.request);
    exchange.identify(certified.device.id);
    return onboarded(certified, parts);
  },
});

const certifyDevice = defineRoute({
  method: 'post',
  path: '/api/v1/onboarding/certificates',
  tag,
  operation: 'certifyDevice',
  summary: 'Get the certificate of a device',
  description:
    'For a device that is active on the ledger: the request’s common name is its id, the request’s key the ledger’s. ' +
    'After a voucher, a bulk registration or a rotation of its key, and whenever the certificate was lost.',
  access: newcomer,
  request: z.strictObject({
    body: z.strictObject({ request: certificateRequestSchema }).meta({ id: 'CertifyDevice' }),
  }),
  answer: { status: 200, description: 'The device and its certificate', schema: onboardedSchema },
  refusals: CERTIFICATE_REFUSALS,
  async handle({ request: { body }, parts, exchange }) {
    const certified = await parts.onboarding.certify(body.request);
    exchange.identify(certified.device.id);
    return onboarded(certified, parts);
  },
});

export const onboardingRoutes: readonly Route[] = [redeemClaim, certifyDevice];
