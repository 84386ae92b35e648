import { BiotError } from '../../../chaincode/protocol/errors.ts';
import {
  ANCHOR_EVENT,
  type Checkpoint,
  type Header,
  headerHashHex,
  NO_PREVIOUS,
} from '../../../chaincode/protocol/header.ts';
import type { AnchorLedger } from '../../ledger/anchors.ts';
import type { LedgerBlock, LedgerClient, SubmitOptions } from '../../ledger/client.ts';

/**
 * What happens to one attempt to append: `unendorsed` and `unordered` never come into a block, `unheard` does though
 * nobody says so, `late` does at some later time, and `overtaken` loses against those late ones.
 */
export type Fate = 'committed' | 'unendorsed' | 'unordered' | 'unheard' | 'late' | 'overtaken';

/** One log with its blocks, as contract and peer keep it. */
export class FakeLedger {
  readonly headers: Header[] = [];
  readonly chain: LedgerBlock[] = [block(0)];
  /** Of the attempts to come; when they are used up, all goes well. */
  fates: Fate[] = [];
  readonly #logId: string;
  #late: (() => void)[] = [];
  #transactions = 0;

  constructor(logId: string) {
    this.#logId = logId;
  }

  readonly anchors: Pick<AnchorLedger, 'append' | 'checkpoint' | 'list'> = {
    append: (_, headers, options) => this.#append(headers, options),
    checkpoint: () => Promise.resolve(this.#checkpoint()),
    list: (_, from, limit) => Promise.resolve(this.headers.slice(from, from + limit)),
  };

  readonly client: Pick<LedgerClient, 'blocks' | 'height' | 'transactionBlock'> = {
    height: () => Promise.resolve(this.chain.length),
    transactionBlock: (_, id) => {
      const found = this.chain.find(({ transactions }) => transactions.some((each) => each.id === id));
      return Promise.resolve(found && { block: found.number, valid: true });
    },
    blocks: (_, { from }) => asyncIterable(this.chain.slice(from)),
  };

  /** What was on its way comes into blocks. */
  catchUp(): void {
    for (const commit of this.#late.splice(0)) commit();
  }

  async #append(headers: readonly Header[], options?: SubmitOptions): ReturnType<AnchorLedger['append']> {
    const fate = this.fates.shift() ?? 'committed';
    if (fate === 'unendorsed') throw new BiotError('LEDGER_UNAVAILABLE', 'no peer');
    this.#transactions += 1;
    const transaction = String(this.#transactions).padStart(64, '0');
    await options?.onPrepared?.(transaction);
    const at = this.#order(fate, transaction, headers);
    return { checkpoint: this.#checkpoint(), transaction, block: at };
  }

  #order(fate: Fate, transaction: string, headers: readonly Header[]): number {
    if (fate === 'unordered') throw new BiotError('LEDGER_SUBMIT_FAILED', 'no orderer');
    if (fate === 'overtaken' && this.#late.length > 0) {
      this.catchUp();
      throw new BiotError('LEDGER_COMMIT_INVALID', 'MVCC_READ_CONFLICT');
    }
    if (fate === 'late') this.#late.push(() => this.#commit(transaction, headers));
    const at = fate === 'late' ? 0 : this.#commit(transaction, headers);
    if (fate === 'late' || fate === 'unheard') throw new BiotError('LEDGER_COMMIT_UNKNOWN', 'no answer');
    return at;
  }

  /** As the contract does it: known headers are passed over, and only the transaction that adds some says so. */
  #commit(transaction: string, headers: readonly Header[]): number {
    const from = this.headers.length;
    for (const header of headers) this.#add(header);
    const to = this.headers.length - 1;
    const event = { logId: this.#logId, from, to, root: '0'.repeat(64) };
    this.chain.push(block(this.chain.length, transaction, to >= from ? event : undefined));
    return this.chain.length - 1;
  }

  #add(header: Header): void {
    const known = this.headers[header.sequence];
    if (known !== undefined && headerHashHex(known) !== headerHashHex(header))
      throw new BiotError('ANCHOR_CONFLICT', 'another header');
    if (header.sequence > this.headers.length) throw new BiotError('ANCHOR_GAP', 'a gap');
    if (known === undefined) this.headers.push(header);
  }

  #checkpoint(): Checkpoint {
    const last = this.headers.at(-1);
    const head = last === undefined ? NO_PREVIOUS : headerHashHex(last);
    return { logId: this.#logId, size: this.headers.length, root: '0'.repeat(64), head };
  }
}

function block(number: number, id?: string, event?: object): LedgerBlock {
  const payload = Buffer.from(JSON.stringify(event ?? {}));
  const told = event === undefined ? undefined : { chaincode: 'biot', name: ANCHOR_EVENT, payload };
  const transactions = id === undefined ? [] : [{ id, valid: true, validation: 'VALID', event: told }];
  return { number, dataHash: '', transactions };
}

async function* asyncIterable<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  for (const item of items) yield await Promise.resolve(item);
}
