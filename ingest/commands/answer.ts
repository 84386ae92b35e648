import { commandIdSchema } from '../../chaincode/protocol/command/command.ts';
import { decodeAnswer, MAX_ANSWER_BYTES } from '../../chaincode/protocol/command/wire.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Delivery } from '../delivery.ts';
import type { Step } from './step.ts';

/** What a device said, without who it is and when. */
export type Answered = Pick<Step, 'command' | 'to' | 'result' | 'message'>;

/** Where the id is looked for in what is too large to be read. */
const HEAD_BYTES = 512;

/**
 * Reads an answer. One that is too large is not read, but ends its command, as the device has said that it is done and
 * will not say so again.
 *
 * @throws BiotError MESSAGE_TOO_LARGE when not even its command is known; MESSAGE_MALFORMED
 */
export function readAnswer({ payload, correlation }: Pick<Delivery, 'payload' | 'correlation'>): Answered {
  const correlated = correlation === undefined ? undefined : Buffer.from(correlation).toString('latin1');
  if (payload.length > MAX_ANSWER_BYTES) return tooLarge(payload, correlated);
  const { id = correlated, state, result, message } = decodeAnswer(payload);
  const command = commandIdSchema.safeParse(id);
  if (!command.success) throw new BiotError('MESSAGE_MALFORMED', 'the answer does not say to which command');
  return {
    command: command.data,
    to: state,
    result: result === undefined ? undefined : JSON.stringify(result),
    message,
  };
}

function tooLarge(payload: Uint8Array, correlated: string | undefined): Answered {
  const message = `the answer has ${payload.length} bytes; at most ${MAX_ANSWER_BYTES} are taken`;
  const head = Buffer.from(payload.subarray(0, HEAD_BYTES)).toString('latin1');
  const command = commandIdSchema.safeParse(correlated ?? /"id"\s*:\s*"([^"]{36})"/.exec(head)?.[1]);
  if (!command.success) throw new BiotError('MESSAGE_TOO_LARGE', message);
  return { command: command.data, to: 'failed', message };
}
