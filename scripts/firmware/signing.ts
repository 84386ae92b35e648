import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { createReadStream, readFileSync, writeFileSync } from 'node:fs';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import {
  type ReleaseContent,
  releaseBytes,
  type ReleaseDraft,
  releaseDraftSchema,
} from '../../chaincode/protocol/firmware/release.ts';
import {
  checkVendorKey,
  registrationBytes,
  type VendorKeyDraft,
} from '../../chaincode/protocol/firmware/vendor-key.ts';
import { requireReadable } from '../cli/input-file.ts';

const OWNER_ONLY = 0o600;

/** Makes a vendor's key; never in the place of another. @returns its id */
export function makeVendorKey(file: string): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  try {
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
    writeFileSync(file, pem, { mode: OWNER_ONLY, flag: 'wx' });
  } catch (cause) {
    throw new BiotError('KEY_INVALID', `cannot make ${file}, which must not be there yet`, { cause });
  }
  const { id, publicKey } = publicPartOf(privateKey);
  writeFileSync(`${file}.pub`, publicKey);
  return id;
}

function publicPartOf(key: KeyObject): { id: string; publicKey: string } {
  return checkVendorKey(createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString());
}

/** @throws BiotError KEY_INVALID */
function readVendorKey(file: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(readFileSync(file, 'utf8'));
  } catch {
    // Without a cause: what a parser says about a private key may quote it.
    throw new BiotError('KEY_INVALID', `${file} holds no private key in PEM`);
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new BiotError('KEY_INVALID', `${file} holds no Ed25519 key`);
  return key;
}

/** What registers the key as that organisation's (MSP id). */
export function registrationOf(file: string, org: string, description: string): VendorKeyDraft {
  const key = readVendorKey(file);
  const { id, publicKey } = publicPartOf(key);
  return { publicKey, description, proof: sign(null, registrationBytes(id, org), key).toString('base64') };
}

interface SignRequest extends Pick<ReleaseContent, 'type' | 'version' | 'minimumVersion'> {
  readonly image: string;
  readonly key: string;
  readonly notes: string;
}

/** The signed draft of a release. @throws BiotError KEY_INVALID or INVALID_ARGUMENT */
export async function signRelease({ image, key: file, notes, ...about }: SignRequest): Promise<ReleaseDraft> {
  const key = readVendorKey(file);
  const hash = createHash('sha256');
  let size = 0;
  await requireReadable(image);
  const chunks: AsyncIterable<Uint8Array> = createReadStream(image);
  for await (const chunk of chunks) {
    hash.update(chunk);
    size += chunk.length;
  }
  const content = { ...about, id: hash.digest('hex'), size };
  const { id: vendorKey } = publicPartOf(key);
  // The signature is over what is valid only: see below.
  const draft = releaseDraftSchema.safeParse({
    ...content,
    vendorKey,
    notes,
    signature: `${'A'.repeat(86)}==`,
  });
  if (!draft.success) {
    const [issue] = draft.error.issues;
    throw new BiotError(
      'INVALID_ARGUMENT',
      `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`,
    );
  }
  return { ...draft.data, signature: sign(null, releaseBytes(draft.data), key).toString('base64') };
}
