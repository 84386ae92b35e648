import type { Logger } from 'pino';

import type { Device } from '../../chaincode/protocol/device.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { CertificateIssuer } from '../../network/issuing/client.ts';
import type { IssueOrder } from '../../network/issuing/protocol.ts';
import type { RegistryMirror } from '../../network/mirror/registry-mirror.ts';
import type { Authority } from '../../network/pki/authority.ts';
import { type ProvenRequest, readCertificateRequest } from '../../network/pki/certificate-request.ts';
import { issueDeviceCertificate } from '../../network/pki/devices.ts';

export interface IssuerParts {
  readonly mirror: Pick<RegistryMirror, 'device' | 'freshness' | 'onChange'>;
  /** The devices' authority. */
  readonly authority: Authority;
  /** Calls back later. @returns what prevents it */
  readonly after: (milliseconds: number, action: () => void) => () => void;
  readonly log: Pick<Logger, 'info'>;
}

/** The gateway asks as soon as a device is on the ledger, which may be before the block has come here. */
const PATIENCE_MS = 2_000;

/**
 * Certifies keys that the ledger holds, and no others: whoever asks, and be it a stolen gateway, gets nothing for a key
 * that no organisation has signed for.
 */
export class Issuer implements CertificateIssuer {
  readonly #parts: IssuerParts;

  constructor(parts: IssuerParts) {
    this.#parts = parts;
  }

  /**
   * A device that is active gets a certificate for the newest of its keys. The same key gets the same serial number each
   * time, so all that were ever issued for it are revoked together.
   *
   * @throws BiotError KEY_INVALID, INVALID_ARGUMENT, LEDGER_STALE, DEVICE_UNKNOWN or DEVICE_NOT_ACTIVE
   */
  async issue({ device: id, request }: IssueOrder): Promise<string> {
    const { authority, log } = this.#parts;
    const proven = await readCertificateRequest(request);
    const { commonName, key, keyFingerprint } = proven;
    // A request without a name is for whichever device has the key; one with another name is a mistake, or worse.
    if (commonName !== undefined && commonName !== id) {
      throw new BiotError('INVALID_ARGUMENT', `the certificate request is not for ${id}`);
    }
    await this.#awaitFit(id, proven);
    const { fresh } = this.#parts.mirror.freshness();
    if (!fresh) throw new BiotError('LEDGER_STALE', 'the ledger has been silent for too long');
    refuseUnfit(this.#parts.mirror.device(id), id, proven);
    const certificate = await issueDeviceCertificate(authority, id, key);
    log.info({ device: id, keyFingerprint }, 'certificate issued');
    return certificate;
  }

  /** Waits until the device is as it should be, and not for long. */
  async #awaitFit(id: string, proven: ProvenRequest): Promise<void> {
    const { mirror, after } = this.#parts;
    const fits = (): boolean => obstacleTo(mirror.device(id), id, proven) === undefined;
    if (fits()) return;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const cancel = after(PATIENCE_MS, () => {
      resolve(undefined);
    });
    const stop = mirror.onChange(() => {
      if (fits()) resolve(undefined);
    });
    await promise;
    stop();
    cancel();
  }
}

function refuseUnfit(device: Device | undefined, id: string, proven: ProvenRequest): void {
  const obstacle = obstacleTo(device, id, proven);
  if (obstacle !== undefined) throw obstacle;
}

function obstacleTo(
  device: Device | undefined,
  id: string,
  { keyFingerprint }: ProvenRequest,
): BiotError | undefined {
  if (device === undefined) return new BiotError('DEVICE_UNKNOWN', `the ledger knows no device ${id}`);
  // The key before the status: who does not have the key need not know how the device fares.
  if (device.keyFingerprint !== keyFingerprint) {
    return new BiotError('KEY_INVALID', `the ledger has another key for ${id}`);
  }
  if (device.status === 'active') return undefined;
  return new BiotError('DEVICE_NOT_ACTIVE', `${id} is ${device.status}`);
}
