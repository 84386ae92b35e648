import type { ErrorCode } from '../../../chaincode/protocol/errors.ts';
import { toHex } from '../../../chaincode/protocol/hash.ts';
import {
  type Checkpoint,
  checkpointSchema,
  type Header,
  headerHash,
  headerHashHex,
  NO_PREVIOUS,
} from '../../../chaincode/protocol/header.ts';
import { merkleRoot } from '../../../chaincode/protocol/merkle.ts';
import { type Committed, TestChannel } from './channel.ts';
import { type Credentials, enrolRole } from './members.ts';
import { headerChain } from './samples.ts';

export const LOG = 'ingest@operator';
export const chain = headerChain(LOG, 60);

/** The checkpoint of a log that holds exactly these headers, computed without the contract. */
export function expectedCheckpoint(headers: readonly Header[]): Checkpoint {
  const last = headers.at(-1);
  return {
    logId: LOG,
    size: headers.length,
    root: toHex(merkleRoot(headers.map(headerHash))),
    head: last === undefined ? NO_PREVIOUS : headerHashHex(last),
  };
}

/** An `anchors` channel with rules and no logs, and the transactions of AnchorContract: a log's writer appends, an auditor reads. */
export class AnchorLog {
  readonly channel: TestChannel;
  readonly writer: Credentials;
  readonly #auditor: Credentials;

  private constructor(
    channel: TestChannel,
    { writer, auditor }: { writer: Credentials; auditor: Credentials },
  ) {
    this.channel = channel;
    this.writer = writer;
    this.#auditor = auditor;
  }

  static async open(): Promise<AnchorLog> {
    const writer = await enrolRole('operator', 'ingest');
    const auditor = await enrolRole('auditor', 'auditor');
    return new AnchorLog(await TestChannel.begin('anchors'), { writer, auditor });
  }

  append(headers: readonly Header[]): Promise<Committed> {
    return this.channel.submit(this.writer, 'AnchorContract:Append', LOG, JSON.stringify(headers));
  }

  async refusedAppend(headers: unknown, logId = LOG): Promise<ErrorCode> {
    const args = [logId, JSON.stringify(headers)];
    const { code } = await this.channel.refusal(this.writer, 'AnchorContract:Append', ...args);
    return code;
  }

  /** What the auditor reads. */
  evaluate(transaction: string, ...args: string[]): Promise<unknown> {
    return this.channel.evaluate(this.#auditor, `AnchorContract:${transaction}`, ...args);
  }

  /** @returns the code that the auditor's call is refused with */
  async refusal(transaction: string, ...args: string[]): Promise<ErrorCode> {
    const { code } = await this.channel.refusal(this.#auditor, `AnchorContract:${transaction}`, ...args);
    return code;
  }

  async checkpoint(): Promise<Checkpoint> {
    return checkpointSchema.parse(await this.evaluate('Checkpoint', LOG));
  }
}
