import { expect } from 'chai';

import type { Device } from '../../chaincode/protocol/device.ts';
import type { DeviceType } from '../../chaincode/protocol/device-type.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { RETRYABLE } from '../../chaincode/protocol/receipt.ts';
import { testDevice, testType } from '../testing/devices.ts';
import { Admission, type AdmissionSettings } from './admission.ts';

const NOW = Date.UTC(2026, 5, 1, 12);
const DAY_MS = 86_400_000;
const SETTINGS: AdmissionSettings = {
  earliest: Date.UTC(2000, 0, 1),
  retentionDays: 0,
  silenceBoundMs: DAY_MS,
};

interface World {
  silentMs?: number;
  settings?: AdmissionSettings;
  type?: DeviceType | null;
}

function admission(
  devices: readonly Device[],
  { silentMs = 0, settings = SETTINGS, type = testType() }: World = {},
): Admission {
  const registry = new Map(devices.map((device) => [device.id, device]));
  return new Admission({
    mirror: {
      device: (id) => registry.get(id),
      type: (name) => (name === type?.name ? type : undefined),
      freshness: () => ({ fresh: silentMs < DAY_MS, silentMs, height: 7 }),
    },
    now: () => NOW,
    settings,
  });
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof BiotError) return error.code;
    throw error;
  }
  return 'accepted';
}

function payload(ts: number, values: object = { temperature: 21.5 }): Uint8Array {
  return Buffer.from(JSON.stringify({ seq: 1, ts, values }));
}

describe('Admission', () => {
  const press = testDevice('press-07');
  const topic = { tenant: 'acme', device: 'press-07' };

  it('lets an active device send for its own tenant only', () => {
    expect(admission([press]).activeDevice(topic)).to.equal(press);
    expect(codeOf(() => admission([press]).activeDevice({ ...topic, tenant: 'other' }))).to.equal(
      'TENANT_MISMATCH',
    );
  });

  for (const status of ['registered', 'suspended', 'revoked'] as const) {
    it(`refuses a device that is ${status}`, () => {
      const device = testDevice('press-07', { status });
      expect(codeOf(() => admission([device]).activeDevice(topic))).to.equal('DEVICE_NOT_ACTIVE');
    });
  }

  it('says of a device that is not known that it is unknown, or that the ledger cannot be asked', () => {
    expect(codeOf(() => admission([]).activeDevice(topic))).to.equal('DEVICE_UNKNOWN');
    expect(codeOf(() => admission([], { silentMs: 60_000 }).activeDevice(topic))).to.equal(
      'LEDGER_UNAVAILABLE',
    );
  });

  it('goes on with active devices while the ledger is silent, up to the bound', () => {
    expect(codeOf(() => admission([press], { silentMs: DAY_MS }).activeDevice(topic))).to.equal('accepted');
    expect(codeOf(() => admission([press], { silentMs: DAY_MS + 1 }).activeDevice(topic))).to.equal(
      'LEDGER_STALE',
    );
  });

  it('never lets silence make a suspended device active', () => {
    const device = testDevice('press-07', { status: 'suspended' });
    expect(codeOf(() => admission([device], { silentMs: 2 * DAY_MS }).activeDevice(topic))).to.equal(
      'DEVICE_NOT_ACTIVE',
    );
  });

  const instants: [string, number, string][] = [
    ['1970', 0, 'TIMESTAMP_OUT_OF_RANGE'],
    ['the last millisecond of 1999', Date.UTC(2000, 0, 1) - 1, 'TIMESTAMP_OUT_OF_RANGE'],
    ['the first of 2000', Date.UTC(2000, 0, 1), 'accepted'],
    ['2013', Date.UTC(2013, 11, 2), 'accepted'],
    ['now', NOW, 'accepted'],
    ['in five minutes', NOW + 5 * 60_000, 'accepted'],
    ['a millisecond later', NOW + 5 * 60_000 + 1, 'TIMESTAMP_OUT_OF_RANGE'],
    ['2100', Date.UTC(2100, 0, 1), 'TIMESTAMP_OUT_OF_RANGE'],
    ['beyond what a date can be', Number.MAX_SAFE_INTEGER, 'TIMESTAMP_OUT_OF_RANGE'],
  ];
  for (const [name, ts, expected] of instants) {
    it(`judges an instant of ${name}: ${expected}`, () => {
      expect(codeOf(() => admission([press]).message(press, payload(ts)))).to.equal(expected);
    });
  }

  it('refuses readings that retention would drop at once', () => {
    const settings = { ...SETTINGS, retentionDays: 30 };
    const judge = (ts: number): string =>
      codeOf(() => admission([press], { settings }).message(press, payload(ts)));
    expect(judge(NOW - 31 * DAY_MS)).to.equal('TIMESTAMP_OUT_OF_RANGE');
    expect(judge(NOW - 29 * DAY_MS)).to.equal('accepted');
  });

  it('refuses readings that the type of the device would not keep', () => {
    const type = testType({ retentionDays: 30 });
    const judge = (ts: number, silentMs = 0): string =>
      codeOf(() => admission([press], { type, silentMs }).message(press, payload(ts)));
    expect(judge(NOW - 30 * DAY_MS - 1)).to.equal('TIMESTAMP_OUT_OF_RANGE');
    expect(judge(NOW - 30 * DAY_MS)).to.equal('accepted');
    expect(judge(NOW - 31 * DAY_MS, 60_000), 'it may keep more by now').to.equal('LEDGER_UNAVAILABLE');
  });

  it('refuses what the type of the device cannot send, with its own code', () => {
    const judge = (values: object): string =>
      codeOf(() => admission([press]).message(press, payload(NOW, values)));
    expect(judge({ temperature: 125 })).to.equal('accepted');
    expect(judge({ temperature: 125.5 })).to.equal('VALUE_INVALID');
    expect(judge({ temperature: 20, power: 5 })).to.equal('SENSOR_UNKNOWN');
  });

  it('refuses nothing for good by a type that may have changed while the ledger was silent', () => {
    const judge = (values: object, silentMs: number): string =>
      codeOf(() => admission([press], { silentMs }).message(press, payload(NOW, values)));
    expect(judge({ power: 5 }, 5_000)).to.equal('SENSOR_UNKNOWN');
    expect(judge({ power: 5 }, 5_001)).to.equal('LEDGER_UNAVAILABLE');
    expect(judge({ temperature: 20 }, 5_001)).to.equal('accepted');
  });

  it('lets a device of a type that nobody has put wait for it', () => {
    const code = codeOf(() => admission([press], { type: null }).message(press, payload(NOW)));
    expect(code).to.equal('TYPE_UNKNOWN').and.to.be.oneOf(RETRYABLE);
  });

  it('attributes a message to the device as the ledger has it', () => {
    const moved = testDevice('press-07', { epoch: 3 });
    const { tenant, device, epoch, seq } = admission([moved]).message(moved, payload(NOW));
    expect({ tenant, device, epoch, seq }).to.deep.equal({
      tenant: 'acme',
      device: 'press-07',
      epoch: 3,
      seq: 1,
    });
  });
});
