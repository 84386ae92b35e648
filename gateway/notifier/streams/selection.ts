import type { RawMessage } from '../../../chaincode/protocol/message.ts';
import { readingId } from '../../../chaincode/protocol/reading-id.ts';
import type { Stream } from '../../../chaincode/protocol/streams/stream.ts';
import type { FollowedBatch } from '../../../sql/queries/streams.ts';

/** A message as it goes on. */
export interface StreamedMessage {
  /** By which the gateway gives evidence of it (`/api/v1/telemetry/ID/proof`), in decimal. */
  readonly id: string;
  readonly batch: number;
  readonly tenant: string;
  readonly device: string;
  readonly epoch: number;
  readonly seq: number;
  /** Milliseconds since the Unix epoch. */
  readonly ts: number;
  readonly values: Readonly<Record<string, number>>;
}

/** A message that is wanted, and its leaf in its batch. */
export interface Wanted {
  readonly leaf: number;
  readonly message: StreamedMessage;
}

/** What of a batch a stream wants; null when the batch is no longer there. */
export interface SelectedBatch {
  readonly sequence: number;
  readonly wanted: readonly Wanted[] | null;
}

type Selecting = Pick<Stream, 'tenant' | 'filter'>;

/** Whether a message is of the tenant and the devices that a stream is about; of their types only the database knows. */
export function concerns({ tenant, filter: { devices } }: Selecting, message: RawMessage): boolean {
  return (
    (tenant === null || tenant === message.tenant) && (devices === null || devices.includes(message.device))
  );
}

/** @param ofType devices of the types that are wanted; undefined where all are */
export function selected(
  stream: Selecting,
  { id, sequence, messages }: FollowedBatch,
  ofType: ReadonlySet<string> | undefined,
): SelectedBatch {
  if (messages === null) return { sequence, wanted: null };
  const { sensors } = stream.filter;
  const wanted = messages.flatMap((message, leaf): Wanted[] => {
    if (!concerns(stream, message) || ofType?.has(message.device) === false) return [];
    const values = message.values.filter(
      ({ sensor }) => sensors === null || sensors.some((name) => name === sensor),
    );
    if (values.length === 0) return [];
    const { tenant, device, epoch, seq, ts } = message;
    return [
      {
        leaf,
        message: {
          id: readingId({ batch: id, leaf, value: 0 }).toString(),
          ...{ batch: sequence, tenant, device, epoch, seq, ts },
          values: Object.fromEntries(values.map(({ sensor, value }) => [sensor, value])),
        },
      },
    ];
  });
  return { sequence, wanted };
}
