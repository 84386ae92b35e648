import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

import { BiotError, isErrorCode } from '../../chaincode/protocol/errors.ts';
import type { Post } from '../../signing/json-gateway.ts';

const ANSWER_WITHIN_MS = 60_000;
const MOST_ANSWER_BYTES = 4 * 1024 * 1024;

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
    const { status, content } = await send(new URL(path, gateway), agent, JSON.stringify(body));
    const answer = parse(content);
    if (status >= 200 && status < 300) return answer;
    const problem = problemSchema.safeParse(answer).data;
    if (problem !== undefined && isErrorCode(problem.code)) throw new BiotError(problem.code, problem.detail);
    throw new BiotError('INTERNAL', `the gateway answered with status ${status} and no problem document`);
  };
}

function send(url: URL, agent: Agent, content: string): Promise<{ status: number; content: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; content: string }>();
  const failed = (cause: Error): void => {
    reject(new BiotError('PROCESS_FAILED', `the gateway at ${url.origin} did not answer`, { cause }));
  };
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) };
  const asking = request(url, { method: 'POST', agent, headers, timeout: ANSWER_WITHIN_MS }, (response) => {
    let received = 0;
    response.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received > MOST_ANSWER_BYTES) response.destroy(new Error('its answer is too long'));
    });
    text(response).then((answer) => {
      resolve({ status: response.statusCode ?? 0, content: answer });
    }, failed);
  });
  asking.once('timeout', () => asking.destroy(new Error(`nothing came for ${ANSWER_WITHIN_MS / 1000} s`)));
  asking.once('error', failed);
  asking.end(content);
  return promise;
}

function parse(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}
