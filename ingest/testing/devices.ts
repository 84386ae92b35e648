import type { Device } from '../../chaincode/protocol/device.ts';
import type { DeviceType } from '../../chaincode/protocol/device-type.ts';
import { type PendingMessage, pendingMessage } from '../store/pending-message.ts';

const PUBLIC_KEY = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE5Cy3XqRzQwLmTRwQcRXkuT2UvKnx
pTkZoQMV8q5t0SScSe0Fr+cSp2XtHyhlxZ3u6h7XcTE0d2HvRLbkPlMCYw==
-----END PUBLIC KEY-----
`;

/** A device as the ledger has it: active, of tenant acme, in its first epoch. */
export function testDevice(id: string, changes: Partial<Device> = {}): Device {
  return {
    id,
    tenant: 'acme',
    type: 'thermometer',
    org: 'ManufacturerMSP',
    publicKey: PUBLIC_KEY,
    keyFingerprint: 'ab'.repeat(32),
    status: 'active',
    previousKey: null,
    retiredKeys: [],
    groups: [],
    tags: {},
    transfer: null,
    epoch: 1,
    registeredAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
    reason: 'registered',
    by: 'admin@manufacturer',
    transaction: 'cd'.repeat(32),
    ...changes,
  };
}

/** The type of these devices: it measures temperature and humidity. */
export function testType(changes: Partial<DeviceType> = {}): DeviceType {
  return {
    name: 'thermometer',
    description: 'of a test',
    sensors: [
      { name: 'temperature', unit: '°C', minimum: -40, maximum: 125, dataType: 'number' },
      { name: 'humidity', unit: '%', minimum: null, maximum: null, dataType: 'number' },
    ],
    org: 'ManufacturerMSP',
    version: 1,
    updatedAt: '2026-01-01T00:00:00.000Z',
    by: 'admin@manufacturer',
    transaction: 'ef'.repeat(32),
    ...changes,
  };
}

/** A message of one value. */
export function testMessage(
  owner: Device,
  seq: number,
  { ts = Date.UTC(2026, 0, 1), temperature = 20 }: { ts?: number; temperature?: number } = {},
): PendingMessage {
  return pendingMessage(owner, { seq, ts, values: { temperature } });
}
