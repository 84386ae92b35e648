import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';

import { z } from 'zod';

import { BiotError, type ErrorCode, isErrorCode } from '../../chaincode/protocol/errors.ts';
import { deviceIdSchema, deviceTypeSchema, tenantSchema } from '../../chaincode/protocol/identifiers.ts';
import { codeId, readCode } from '../../chaincode/protocol/onboarding/code.ts';
import { certificateRequest } from './certificate-request.ts';
import { certificateFile, readCredentials } from './credentials.ts';
import { ensureDeviceKey, readDeviceKey } from './key.ts';

/** Where a device asks, and by which authority (PEM) it knows that it asks the right one. */
export interface OnboardingGateway {
  /** Such as `https://gateway.example:8440`. */
  readonly url: string;
  readonly authority: string;
}

/** What a device is told; all else it does not need to know. */
const onboardedSchema = z.object({
  device: z.object({ id: deviceIdSchema, tenant: tenantSchema, type: deviceTypeSchema }),
  certificate: z.string().min(1).max(16_384),
  authority: z.string().min(1).max(65_536),
  broker: z.object({ host: z.string().regex(/^[A-Za-z0-9.:-]{1,253}$/), port: z.int().min(1).max(65_535) }),
});
type Onboarded = z.infer<typeof onboardedSchema>;

/** `device.json` */
const descriptionSchema = onboardedSchema.shape.device.extend({
  broker: onboardedSchema.shape.broker,
  /** Of whom was onboarded by a code: the begin of the code's hash, by which the same code is known again. */
  claim: z.string().optional(),
});

/** A device's folder, with its key, certificate, the broker's authority, and `device.json` with the rest. */
export interface OnboardedDevice extends Omit<Onboarded, 'certificate' | 'authority'> {
  readonly folder: string;
  /** Before, by the same code: nobody was asked. */
  readonly already: boolean;
}

const FOLDER_MODE = 0o700;
const WITHIN_MS = 60_000;
const LARGEST_ANSWER = 256 * 1024;

export function authorityFile(folder: string): string {
  return join(folder, 'authority.pem');
}

/** The code is of no use any more. */
const FINAL: readonly ErrorCode[] = ['NOT_FOUND', 'CODE_REDEEMED', 'CODE_WITHDRAWN', 'CODE_EXPIRED'];

/**
 * Becomes the device that a claim code stands for. The key is made first and kept under the code's hash, so that the same
 * code comes with the same key however often the answer is lost. A machine that became that device before stays it.
 *
 * @param devices the folder of all devices, in which this one gets its own
 * @throws BiotError with the gateway's code, ISSUER_UNAVAILABLE when it does not answer, DEVICE_EXISTS when the device's
 * folder is there already
 */
export async function onboardByCode(
  code: string,
  { devices, gateway }: { devices: string; gateway: OnboardingGateway },
): Promise<OnboardedDevice> {
  const claim = codeId(readCode(code)).slice(0, 16);
  const known = onboardedBy(claim, devices);
  if (known !== undefined) return known;
  const draft = join(devices, `.claim-${claim}`);
  const isNew = !existsSync(draft);
  const request = certificateRequest(ensureDeviceKey(draft));
  const onboarded = await ask(gateway, 'claims', { code, request }).catch((error: unknown) => {
    // A key from before may be the one that redeemed it: that answer was lost, or two requests crossed.
    if (isNew && error instanceof BiotError && FINAL.includes(error.code)) rmSync(draft, { recursive: true });
    throw error;
  });
  const { id } = onboarded.device;
  keep(onboarded, draft, claim);
  const folder = join(devices, id);
  if (existsSync(folder)) {
    throw new BiotError('DEVICE_EXISTS', `${folder} is there already; key and certificate are in ${draft}`);
  }
  renameSync(draft, folder);
  return described(onboarded, folder);
}

/**
 * Gets the certificate of a device that the ledger has with the key in this folder.
 *
 * @throws BiotError KEY_INVALID when there is no key, or the ledger has another one; as `onboardByCode` otherwise
 */
export async function fetchCertificate(
  device: string,
  { folder, gateway }: { folder: string; gateway: OnboardingGateway },
): Promise<OnboardedDevice> {
  const request = certificateRequest(readDeviceKey(folder), device);
  const onboarded = await ask(gateway, 'certificates', { request });
  keep(onboarded, folder);
  return described(onboarded, folder);
}

function described({ device, broker }: Onboarded, folder: string): OnboardedDevice {
  return { device, broker, folder, already: false };
}

/** The device that this code has made of this machine; only one with its key and certificate. */
function onboardedBy(claim: string, devices: string): OnboardedDevice | undefined {
  if (!existsSync(devices)) return undefined;
  for (const name of readdirSync(devices)) {
    const folder = join(devices, name);
    const file = descriptionFile(folder);
    const { data } = descriptionSchema.safeParse(existsSync(file) && parseJson(readFileSync(file, 'utf8')));
    if (data?.claim !== claim || data.id !== name) continue;
    readCredentials(folder, name);
    const { id, tenant, type, broker } = data;
    return { device: { id, tenant, type }, broker, folder, already: true };
  }
  return undefined;
}

function descriptionFile(folder: string): string {
  return join(folder, 'device.json');
}

/** @throws BiotError KEY_INVALID when the certificate is not for the key in the folder, or for another device */
function keep({ device, certificate, authority, broker }: Onboarded, folder: string, claim?: string): void {
  mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
  writeFileSync(authorityFile(folder), authority);
  writeFileSync(certificateFile(folder), certificate);
  readCredentials(folder, device.id);
  writeFileSync(descriptionFile(folder), `${JSON.stringify({ ...device, broker, claim }, null, 2)}\n`);
}

const problemSchema = z.object({ code: z.string(), detail: z.string() });

async function ask(
  { url, authority }: OnboardingGateway,
  what: 'claims' | 'certificates',
  body: object,
): Promise<Onboarded> {
  const target = new URL(`/api/v1/onboarding/${what}`, url);
  const { status, text } = await post(target, { authority, content: JSON.stringify(body) }).catch(
    (cause: unknown) => {
      throw new BiotError('ISSUER_UNAVAILABLE', `${url} does not answer`, { cause });
    },
  );
  const answer = parseJson(text);
  const onboarded = onboardedSchema.safeParse(answer);
  if (status < 300 && onboarded.success) return onboarded.data;
  const { data: problem } = problemSchema.safeParse(answer);
  if (problem !== undefined && isErrorCode(problem.code)) throw new BiotError(problem.code, problem.detail);
  throw new BiotError(
    'ISSUER_UNAVAILABLE',
    `${url} answered ${status}, and nothing that a device understands`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function post(
  url: URL,
  { authority, content }: { authority: string; content: string },
): Promise<{ status: number; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const request = httpsRequest(
    url,
    {
      method: 'POST',
      ca: authority,
      minVersion: 'TLSv1.2',
      agent: false,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) },
      signal: AbortSignal.timeout(WITHIN_MS),
    },
    (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
        if (text.length > LARGEST_ANSWER) request.destroy(new Error('the answer is too large'));
      });
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text });
      });
    },
  );
  request.on('error', reject);
  request.end(content);
  return promise;
}
