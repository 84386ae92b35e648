import { Agent } from 'node:https';
import { urlToHttpOptions } from 'node:url';
import { z } from 'zod';

import { BiotError, isErrorCode } from '../../chaincode/protocol/errors.ts';
import { postJson } from '../../network/https-json.ts';
import type { Post } from '../../network/signing/json-gateway.ts';

const BOUNDS = { withinMs: 60_000, largest: 4 * 1024 * 1024 };

const problemSchema = z.object({ code: z.string(), detail: z.string() });

/**
 * Posts JSON over TLS.
 *
 * @param gateway `https://host:port`
 * @param authority PEM of the authority that the gateway's certificate must be of; undefined: the system's
 */
export function httpsPost(gateway: URL, authority: string | undefined): Post {
  const agent = new Agent({ keepAlive: false, ...(authority === undefined ? {} : { ca: authority }) });
  return async (path, body) => {
    const target = { ...urlToHttpOptions(new URL(path, gateway)), agent };
    const { status, body: answer } = await postJson(target, body, BOUNDS).catch((cause: unknown) => {
      throw new BiotError('PROCESS_FAILED', `the gateway at ${gateway.origin} did not answer`, { cause });
    });
    if (status >= 200 && status < 300) return answer;
    const problem = problemSchema.safeParse(answer).data;
    if (problem !== undefined && isErrorCode(problem.code)) throw new BiotError(problem.code, problem.detail);
    throw new BiotError('INTERNAL', `the gateway answered with status ${status} and no problem document`);
  };
}
