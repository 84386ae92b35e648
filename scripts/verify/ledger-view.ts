import type { Device } from '../../chaincode/protocol/device.ts';
import type { DeviceType } from '../../chaincode/protocol/device-type.ts';
import type { Checkpoint, Header } from '../../chaincode/protocol/header.ts';

/** What the auditor asks the peer of its own organisation. */
export interface LedgerView {
  /** Every log's checkpoint as the contract computed it. */
  logs(): Promise<Checkpoint[]>;
  /** The headers `from` up to but without `to`, in order. */
  headers(logId: string, from: number, to: number): AsyncIterable<Header>;
}

/** What it asks about devices. */
export interface RegistryView {
  types(): Promise<readonly Pick<DeviceType, 'name' | 'retentionDays'>[]>;
  devices(): AsyncIterable<Pick<Device, 'id' | 'type'>>;
}
