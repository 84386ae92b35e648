import type { Device } from '../../chaincode/protocol/device.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { deviceIdSchema } from '../../chaincode/protocol/identifiers.ts';
import type { Claim } from '../../chaincode/protocol/onboarding/claim.ts';
import { codeId, readCode } from '../../chaincode/protocol/onboarding/code.ts';
import { stateAfter } from '../../chaincode/protocol/onboarding/state.ts';
import type { CertificateIssuer } from '../../network/issuing/client.ts';
import type { ClaimLedger } from '../../network/ledger/onboarding.ts';
import { type ProvenRequest, readCertificateRequest } from '../../network/pki/certificate-request.ts';
import type { Clock } from '../clock.ts';
import type { Fleet } from '../fleet.ts';

export interface OnboardingOptions {
  /** As the gateway's own service member: a device has no certificate of an organisation to sign with. */
  readonly claims: Pick<ClaimLedger, 'get' | 'redeem'>;
  readonly issuer: CertificateIssuer;
  readonly fleet: Pick<Fleet, 'device' | 'requireFresh' | 'known' | 'caughtUp'>;
  readonly clock: Clock;
}

export interface Certified {
  readonly device: Device;
  /** PEM */
  readonly certificate: string;
}

/**
 * Brings devices to their certificates. A device comes without any: what it has is a key, and either a code or its place
 * on the ledger. What is cheap to refuse is refused before the ledger hears of it.
 */
export class Onboarding {
  readonly #options: OnboardingOptions;

  constructor(options: OnboardingOptions) {
    this.#options = options;
  }

  /**
   * Redeems a code for the key in the request (PKCS#10). Whoever has lost the answer asks again with both.
   *
   * @throws BiotError KEY_INVALID, INVALID_ARGUMENT, NOT_FOUND, CODE_REDEEMED, CODE_WITHDRAWN, CODE_EXPIRED,
   * DEVICE_EXISTS, or what issuer and ledger say
   */
  async redeem(code: string, request: string): Promise<Certified> {
    const proven = await readCertificateRequest(request);
    const claim = await this.#options.claims.get(codeId(readCode(code)));
    refuseOtherName(proven, claim.device.id);
    const device = wasRedeemedWith(claim, proven)
      ? this.#options.fleet.device(claim.device.id)
      : await this.#redeem(claim, { code, proven });
    return this.#certified(device, request);
  }

  async #redeem(claim: Claim, { code, proven }: { code: string; proven: ProvenRequest }): Promise<Device> {
    const { claims, fleet, clock } = this.#options;
    // The contract asks the same; here it costs no transaction.
    stateAfter(claim, 'redeem', clock());
    const { device } = await claims.redeem(code, proven.publicKey);
    await fleet.caughtUp([device]);
    return device;
  }

  /**
   * A certificate for a device that is on the ledger with the key in the request, whose common name is its id.
   *
   * @throws BiotError KEY_INVALID, INVALID_ARGUMENT, DEVICE_NOT_ACTIVE, or what the issuer says
   */
  async certify(request: string): Promise<Certified> {
    const { fleet } = this.#options;
    const { commonName, keyFingerprint } = await readCertificateRequest(request);
    const id = deviceIdSchema.safeParse(commonName);
    if (!id.success) {
      throw new BiotError('INVALID_ARGUMENT', "the request's common name is to be the device's id");
    }
    fleet.requireFresh();
    const device = fleet.known(id.data);
    // One refusal for both: otherwise anybody could try out which devices there are.
    if (device?.keyFingerprint !== keyFingerprint) {
      throw new BiotError('KEY_INVALID', `the ledger does not hold this key for ${id.data}`);
    }
    if (device.status !== 'active') {
      throw new BiotError('DEVICE_NOT_ACTIVE', `${device.id} is ${device.status}`);
    }
    return this.#certified(device, request);
  }

  async #certified(device: Device, request: string): Promise<Certified> {
    return { device, certificate: await this.#options.issuer.issue({ device: device.id, request }) };
  }
}

/** Before the code is spent on a request that the issuer would refuse. */
function refuseOtherName({ commonName }: ProvenRequest, id: string): void {
  if (commonName === undefined || commonName === id) return;
  throw new BiotError('INVALID_ARGUMENT', 'the request names another device than the code is for');
}

function wasRedeemedWith(claim: Claim, { keyFingerprint }: ProvenRequest): boolean {
  return claim.state === 'redeemed' && claim.keyFingerprint === keyFingerprint;
}
