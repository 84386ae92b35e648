import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';

import { z } from 'zod';

import { BiotError } from '../../../chaincode/protocol/errors.ts';
import type { Home } from '../../../network/home/home.ts';
import { listedSignIns } from '../../platform/demo-people.ts';

const OK = 200;
const LINE_FEED = 10;

export interface Taken {
  readonly lines: number;
  readonly bytes: number;
  readonly seconds: number;
}

/** Signs in as somebody who serves all tenants, and takes an export to its end. */
export async function takeExport(
  home: Home,
  query: string,
  { gzip, signal }: { gzip: boolean; signal: AbortSignal },
): Promise<Taken> {
  const token = await signIn(home, signal);
  const began = performance.now();
  const answer = await ask(home, `/api/v1/export/telemetry?${query}`, {
    headers: { authorization: `Bearer ${token}`, ...(gzip ? { 'accept-encoding': 'gzip' } : {}) },
    signal,
  });
  let lines = 0;
  let bytes = 0;
  answer.on('data', (part: Buffer) => {
    bytes += part.length;
  });
  for await (const chunk of gzip ? answer.pipe(createGunzip()) : answer) {
    const part = z.instanceof(Buffer).parse(chunk);
    for (let at = part.indexOf(LINE_FEED); at >= 0; at = part.indexOf(LINE_FEED, at + 1)) lines += 1;
  }
  return { lines, bytes, seconds: (performance.now() - began) / 1000 };
}

const grantSchema = z.looseObject({ accessToken: z.string() });

async function signIn(home: Home, signal: AbortSignal): Promise<string> {
  const person = listedSignIns(home).find(({ role }) => role === 'auditor');
  if (person === undefined) throw new BiotError('NOT_SET_UP', 'nobody of the demo is an auditor');
  const { name, password } = person;
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ name, password });
  const answer = await ask(home, '/api/v1/auth/sign-in', { method: 'POST', headers, signal, body });
  return grantSchema.parse(await json(answer)).accessToken;
}

interface Question {
  readonly method?: 'POST';
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

function ask(home: Home, path: string, { body, ...options }: Question): Promise<IncomingMessage> {
  const ca = readFileSync(home.path('pki', 'platform-ca', 'cert.pem'));
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const asked = request(`https://127.0.0.1:${home.ports.gateway}${path}`, { ca, agent: false, ...options });
  asked.once('error', reject);
  asked.once('response', (answer) => {
    if (answer.statusCode === OK) resolve(answer);
    else reject(new BiotError('INTERNAL', `the gateway answers with ${answer.statusCode ?? 'nothing'}`));
  });
  asked.end(body);
  return promise;
}
