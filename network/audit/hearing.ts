import type { Channel } from '../home/organisations.ts';
import type { Finding } from './report.ts';
import type { Peer, Question, Testimony, Witness } from './witness.ts';

/** A question is put again when it gets no answer: once may be an accident. */
const TRIES = 2;
/** Who leaves so many questions unanswered is asked nothing more. */
const PATIENCE_WITH_ONE = 2;

const NOT_SIGNED = 'its answer does not bear the signature of the organisation’s peer';

/** A question to which there is no answer that counts, and why. */
interface Blank {
  readonly subject: string;
  readonly channel: Channel;
  readonly what: string;
}

/** An answer that counts: what was said, read; or the contract's refusal to say anything. */
export type Heard<Value> =
  { readonly kind: 'answer'; readonly value: Value } | { readonly kind: 'refusal'; readonly text: string };

/** Puts questions to one peer, and keeps account of what it did not answer, or not as a peer should. */
export class Hearing {
  readonly #witness: Witness;
  readonly #silences: Blank[] = [];
  readonly #invalid: Blank[] = [];
  #answered = 0;

  constructor(witness: Witness) {
    this.#witness = witness;
  }

  get peer(): Peer {
    return this.#witness.peer;
  }

  /** As reports call it. */
  get name(): string {
    return this.#witness.peer.name;
  }

  /**
   * @param read takes the answer apart, and throws when it is none to the question
   * @returns undefined when there is no answer that counts
   */
  async ask<Value>(
    subject: string,
    question: Question,
    read: (bytes: Uint8Array) => Value,
  ): Promise<Heard<Value> | undefined> {
    if (this.#isGivenUp()) return undefined;
    const { channel } = question;
    const testimony = await this.#insist(question);
    if (testimony.kind === 'silence') {
      this.#silences.push({ subject, channel, what: testimony.reason });
      return undefined;
    }
    this.#answered += 1;
    if (testimony.kind === 'refusal') return testimony;
    if (testimony.kind === 'answer') {
      try {
        return { kind: 'answer', value: read(testimony.bytes) };
      } catch {
        // What cannot be read is as good as what is not signed: nothing that a peer of ours would say.
      }
    }
    const what = testimony.kind === 'unsigned' ? NOT_SIGNED : 'its answer is none to this question';
    this.#invalid.push({ subject, channel, what });
    return undefined;
  }

  findings(): Finding[] {
    const worded = (kind: 'silent' | 'lies') => (blank: Blank) =>
      ({ ...blank, kind, peer: this.name, differences: [] }) satisfies Finding;
    return [...this.#invalid.map(worded('lies')), ...this.#silences.map(worded('silent'))];
  }

  #isGivenUp(): boolean {
    return this.#silences.length >= (this.#answered === 0 ? 1 : PATIENCE_WITH_ONE);
  }

  async #insist(question: Question): Promise<Testimony> {
    let testimony = await this.#witness.ask(question);
    for (let tries = 1; tries < TRIES && testimony.kind === 'silence'; tries += 1)
      testimony = await this.#witness.ask(question);
    return testimony;
  }
}
