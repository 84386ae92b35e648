import { createReadStream, readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';

import { z } from 'zod';

import { BiotError, isErrorCode } from '../../chaincode/protocol/errors.ts';
import type { Home } from '../../network/home/home.ts';
import { waitUntil } from '../../network/processes/wait-until.ts';

const WITHIN_MS = 60_000;
/** The gateway's peer has what was just published a moment after the publisher's. */
const KNOWN_WITHIN_MS = 5_000;

const problemSchema = z.object({ code: z.string(), detail: z.string() });
const grantSchema = z.object({ accessToken: z.string() });

interface Upload {
  readonly member: string;
  readonly password: string;
  /** Of the release. */
  readonly id: string;
  readonly image: string;
}

/** Hands the image of a release to the instance's gateway, as a member who signs in for it. @throws BiotError */
export async function uploadImage(home: Home, { member, password, id, image }: Upload): Promise<void> {
  const credentials = JSON.stringify({ name: member, password });
  const granted = await send(home, {
    ...{ method: 'POST', path: '/api/v1/auth/sign-in', type: 'application/json' },
    ...{ body: Readable.from([credentials]), length: Buffer.byteLength(credentials), headers: {} },
  });
  const { accessToken } = grantSchema.parse(JSON.parse(granted));
  const { size: length } = await stat(image);
  let unknown: BiotError | undefined;
  const isTaken = async (): Promise<boolean> => {
    unknown = await send(home, {
      ...{ method: 'PUT', path: `/api/v1/firmware/images/${id}`, type: 'application/octet-stream' },
      ...{ body: createReadStream(image), length },
      headers: { authorization: `Bearer ${accessToken}` },
    }).then(() => undefined, unknownOr);
    return unknown === undefined;
  };
  await waitUntil(isTaken, KNOWN_WITHIN_MS);
  if (unknown !== undefined) throw unknown;
}

/** @throws whatever says anything else than that there is no such release */
function unknownOr(error: unknown): BiotError {
  if (error instanceof BiotError && error.code === 'NOT_FOUND') return error;
  throw error;
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly type: string;
  readonly body: Readable;
  readonly length: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** @returns the answer's body */
async function send(home: Home, { method, path, type, body, length, headers }: Sent): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const request = httpsRequest(
    `https://127.0.0.1:${home.ports.gateway}${path}`,
    {
      method,
      ca: readFileSync(home.path('pki', 'platform-ca', 'cert.pem')),
      agent: false,
      headers: { ...headers, 'content-type': type, 'content-length': length },
      signal: AbortSignal.timeout(WITHIN_MS),
    },
    resolve,
  );
  request.on('error', reject);
  // A gateway that refuses does not read on: its answer counts, not that the rest was not taken.
  pipeline(body, request).catch(() => undefined);
  const answer = await promise;
  const content = await text(answer);
  if (answer.statusCode !== undefined && answer.statusCode < 300) return content;
  const { code, detail } = problemSchema.parse(JSON.parse(content));
  throw new BiotError(isErrorCode(code) ? code : 'INTERNAL', detail);
}
