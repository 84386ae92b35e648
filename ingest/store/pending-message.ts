import type { Device } from '../../chaincode/protocol/device.ts';
import {
  encodeRawMessage,
  type Message,
  messageLeaf,
  orderedValues,
  type RawMessage,
} from '../../chaincode/protocol/message.ts';

/** A message that may be stored: whose it is was checked, and what its leaf will be is known. */
export interface PendingMessage extends RawMessage {
  /** The device as the ledger has it; the message belongs to its epoch. */
  readonly owner: Device;
  readonly canonical: Uint8Array;
  readonly leaf: Uint8Array;
}

export function pendingMessage(owner: Device, message: Message): PendingMessage {
  const raw: RawMessage = {
    tenant: owner.tenant,
    device: owner.id,
    epoch: owner.epoch,
    seq: message.seq,
    ts: message.ts,
    values: orderedValues(message.values),
  };
  const canonical = encodeRawMessage(raw);
  return { ...raw, owner, canonical, leaf: messageLeaf(canonical) };
}
