import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Subject } from '../../chaincode/protocol/policy/request.ts';
import type { OfflineCalls, SignedBy } from '../../network/ledger/offline-calls.ts';
import { signableOf } from '../../network/signing/actions.ts';
import type { Signable } from '../../network/signing/signable.ts';
import { isOfNow } from '../../network/signing/check.ts';
import { type LedgerAction, readProposal, type Signatory } from '../../network/signing/proposal.ts';
import { readCommitQuestion, readTransaction } from '../../network/signing/transaction.ts';
import type { Clock } from '../clock.ts';
import { Judge } from '../policy/judge.ts';
import type { Organisations } from '../organisations.ts';
import type { Policy } from '../policy/policy.ts';
import { bearerOf, requireSignature } from './absent-signer.ts';
import { changedResources, type KnownThings } from './changed-resources.ts';
import { recipientOf } from './recipient.ts';

export interface SigningDeskOptions {
  readonly ledger: OfflineCalls;
  readonly organisations: Organisations;
  readonly policy: Policy;
  readonly fleet: KnownThings;
  readonly clock: Clock;
}

/** Where a request comes from, and how its sender is named in the log once it is known. */
export interface Origin {
  readonly address: string;
  identify(name: string, org: string): void;
}

/**
 * Prepares changes for members whose keys are elsewhere and passes on what they signed. Nobody signs in for it: each
 * request but the first proves by its signature whose it is, and the first asks for nothing that is secret. Nothing is
 * remembered between the requests.
 *
 * It takes no other transactions than those that people make here anyway, and judges them like those that come with a
 * session: rules about networks hold, which peers cannot see.
 */
export class SigningDesk {
  readonly #options: SigningDeskOptions;

  constructor(options: SigningDeskOptions) {
    this.#options = options;
  }

  /** @throws BiotError INVALID_ARGUMENT, UNAUTHENTICATED, FORBIDDEN */
  prepare(action: LedgerAction, certificate: string, origin: Origin): Uint8Array {
    const subject = this.#whoever(certificate);
    const { channel } = this.#require(action, subject, origin);
    return this.#options.ledger.prepare({ ...action, channel }, { mspId: subject.org, certificate });
  }

  /** @throws BiotError as `prepare`, MESSAGE_MALFORMED, LedgerError */
  async endorse(prepared: Uint8Array, signature: Uint8Array, origin: Origin): Promise<Uint8Array> {
    const proposal = readProposal(prepared);
    const { action, signatory, transactionId } = proposal;
    const subject = this.#signed(proposal, signature);
    if (!isOfNow(proposal, this.#options.clock()))
      throw new BiotError('INVALID_ARGUMENT', 'the proposal’s time is more than five minutes from now');
    this.#require(action, subject, origin);
    return this.#options.ledger.endorse(prepared, { signatory, signature, transaction: transactionId });
  }

  /** @throws BiotError as `endorse` */
  async submit(prepared: Uint8Array, signature: Uint8Array, origin: Origin): Promise<Uint8Array> {
    const { proposal, signed } = readTransaction(prepared);
    const { action, signatory, transactionId } = proposal;
    const subject = this.#signed({ signatory, signed }, signature);
    this.#require(action, subject, origin);
    return this.#options.ledger.submit(prepared, { signatory, signature, transaction: transactionId });
  }

  /** @throws BiotError UNAUTHENTICATED, MESSAGE_MALFORMED, LedgerError */
  async outcome(
    prepared: Uint8Array,
    signature: Uint8Array,
    origin: Origin,
  ): Promise<{ transaction: string; block: number }> {
    const { signatory, signed, transactionId } = readCommitQuestion(prepared);
    const { name, org } = this.#signed({ signatory, signed }, signature);
    origin.identify(name, org);
    const by: SignedBy = { signatory, signature, transaction: transactionId };
    return { transaction: transactionId, block: await this.#options.ledger.outcome(prepared, by) };
  }

  #whoever(certificate: string): Subject {
    const { organisations, clock } = this.#options;
    return bearerOf(certificate, organisations.authorities, clock());
  }

  #signed(
    { signatory, signed }: { signatory: Signatory; signed: Uint8Array },
    signature: Uint8Array,
  ): Subject {
    const { organisations, clock } = this.#options;
    const own = organisations.authorities.filter(({ mspId }) => mspId === signatory.mspId);
    const subject = bearerOf(signatory.certificate, own, clock());
    requireSignature(signatory, signed, signature);
    return subject;
  }

  #require(action: LedgerAction, subject: Subject, origin: Origin): Signable {
    const { address } = origin;
    origin.identify(subject.name, subject.org);
    const signable = signableOf(action);
    const { policy, clock, fleet, organisations } = this.#options;
    const judge = new Judge({ policy, clock, subject, address, whenSilent: 'contract' });
    judge.requireForAnything(signable.permission);
    for (const resource of changedResources(signable, action, { org: subject.org, known: fleet }))
      judge.require(signable.permission, resource);
    const recipient = recipientOf(signable, action);
    if (recipient !== undefined) organisations.require(recipient);
    return signable;
  }
}
