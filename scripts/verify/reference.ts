import type { Header } from '../../chaincode/protocol/header.ts';
import type { RawMessage } from '../../chaincode/protocol/message.ts';

/** What the reference is: what the ledger has, or, before that, what the writer sealed. */
export type Word = 'anchored' | 'sealed';

/** The header a batch is held against: the ledger's, or the batch's own while it waits to be anchored. */
export interface Reference {
  header: Header;
  word: Word;
}

/** What a message says besides its values. */
export type MessageHead = Pick<RawMessage, 'device' | 'epoch' | 'seq' | 'ts'>;
