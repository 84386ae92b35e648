import { BiotError } from '../../chaincode/protocol/errors.ts';
import { MAX_REPORT_BYTES, sentReportSchema } from '../../chaincode/protocol/firmware/rollout-wire.ts';
import type { Delivery } from '../delivery.ts';
import type { UpdateStep } from './update-step.ts';

/** What a device said, without who it is and when. */
export type Reported = Pick<UpdateStep, 'rollout' | 'to' | 'message'>;

/** @throws BiotError MESSAGE_TOO_LARGE or MESSAGE_MALFORMED */
export function readReport({ payload }: Pick<Delivery, 'payload'>): Reported {
  if (payload.length > MAX_REPORT_BYTES)
    throw new BiotError('MESSAGE_TOO_LARGE', `a report has at most ${MAX_REPORT_BYTES} bytes`);
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(payload);
    const { rollout, state, message } = sentReportSchema.parse(JSON.parse(text));
    return { rollout, to: state, message };
  } catch (cause) {
    throw new BiotError('MESSAGE_MALFORMED', 'this is no report on an update', { cause });
  }
}
