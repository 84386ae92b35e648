import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';

import { z } from 'zod';

import { BiotError, isErrorCode } from '../../../chaincode/protocol/errors.ts';
import { type SignedRelease, signedReleaseSchema } from '../../../chaincode/protocol/firmware/release.ts';
import { createDeviceToken, type TokenRequest } from '../token.ts';

/** Where a device asks, by which authority (PEM) it knows that it asks the right one, and as whom. */
export interface FirmwareGateway extends Pick<TokenRequest, 'device' | 'privateKey'> {
  /** Such as `https://gateway.example:8440`. */
  readonly url: string;
  readonly authority: string;
}

/** A connection on which nothing comes for so long is given up. */
const STALLED_MS = 30_000;
const LARGEST_PROBLEM = 64 * 1024;

const problemSchema = z.object({ code: z.string(), detail: z.string() });
const offersSchema = z.object({ releases: z.array(signedReleaseSchema) });

/** Asks as the device. What comes back is the gateway's answer, whatever its status. @throws Error when none comes */
export async function askGateway(
  { url, authority, ...device }: FirmwareGateway,
  path: string,
  { headers = {}, signal }: { headers?: Record<string, string>; signal?: AbortSignal | undefined } = {},
): Promise<IncomingMessage> {
  const token = await createDeviceToken({ ...device, now: Date.now() });
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const request = httpsRequest(
    new URL(`/api/v1/device/firmware${path}`, url),
    {
      ca: authority,
      minVersion: 'TLSv1.2',
      agent: false,
      timeout: STALLED_MS,
      headers: { ...headers, authorization: `Bearer ${token}` },
      ...(signal !== undefined && { signal }),
    },
    resolve,
  );
  request.on('timeout', () => request.destroy(new Error('the gateway has fallen silent')));
  request.on('error', reject);
  request.end();
  return promise;
}

/** What the gateway says that it was refused for. */
export async function refusalIn(answer: IncomingMessage): Promise<BiotError> {
  const problem = problemSchema.safeParse(parseJson(await text(answer).catch(() => '')));
  const { code, detail } = problem.data ?? { code: '', detail: '' };
  if (isErrorCode(code)) return new BiotError(code, detail);
  return new BiotError('INTERNAL', `the gateway answered ${String(answer.statusCode)}`);
}

/** The releases that the gateway offers: its word alone, until `judgeRelease` has looked at each. @throws BiotError */
export async function offeredReleases(gateway: FirmwareGateway): Promise<SignedRelease[]> {
  const answer = await askGateway(gateway, '');
  if (answer.statusCode !== 200) throw await refusalIn(answer);
  const offers = offersSchema.safeParse(parseJson(await text(answer)));
  if (offers.success) return offers.data.releases;
  throw new BiotError('INTERNAL', 'the gateway answered nothing that a device understands', {
    cause: offers.error,
  });
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content.slice(0, LARGEST_PROBLEM * 64));
  } catch {
    return undefined;
  }
}
