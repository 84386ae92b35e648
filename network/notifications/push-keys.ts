/** The key by which push services know us (VAPID, RFC 8292). Browsers subscribe to its public half. */
import { createECDH } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';

import { z } from 'zod';

import { PUBLIC_FILE, writeFileAtomically } from '../home/files.ts';
import type { Home } from '../home/home.ts';

const keysSchema = z.strictObject({ publicKey: z.string(), privateKey: z.string() });
export type PushKeys = z.infer<typeof keysSchema>;

const SCALAR_BYTES = 32;

function privateFile(home: Home): string {
  return home.path('secrets', 'web-push.json');
}

function publicFile(home: Home): string {
  return home.path('pki', 'notifier', 'web-push.txt');
}

/** A point and a scalar of P-256, as bytes in base64url. */
export function newPushKeys(): PushKeys {
  const pair = createECDH('prime256v1');
  const publicKey = pair.generateKeys('base64url');
  const scalar = pair.getPrivateKey();
  const padded = Buffer.concat([Buffer.alloc(SCALAR_BYTES - scalar.length), scalar]);
  return { publicKey, privateKey: padded.toString('base64url') };
}

/** Makes the key when there is none. It stays: with another, every browser would have to subscribe anew. */
export function ensurePushKeys(home: Home): void {
  if (existsSync(publicFile(home))) return;
  const keys = newPushKeys();
  writeFileAtomically(privateFile(home), JSON.stringify(keys));
  writeFileAtomically(publicFile(home), keys.publicKey, PUBLIC_FILE);
}

export function readPushKeys(home: Home): PushKeys {
  return keysSchema.parse(JSON.parse(readFileSync(privateFile(home), 'utf8')));
}

/** In base64url, as browsers take it. */
export function readPublicPushKey(home: Home): string {
  return readFileSync(publicFile(home), 'utf8');
}
