import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';

import { expect } from 'chai';

import type { UpdateReport } from '../../../chaincode/protocol/firmware/rollout-wire.ts';
import { newVendor } from '../../../chaincode/protocol/testing/firmware.ts';
import { Journal } from '../journal.ts';
import { UpdateDesk } from './update-desk.ts';

const FIRST = '018f2f6e-3a71-7c1e-9c9c-3f0c2a8c1d55';
const SECOND = '018f2f6e-3a71-7c1e-9c9c-3f0c2a8c1d56';
const VENDOR = newVendor();
const replace = Object.getOwnPropertyDescriptor(Journal.prototype, 'replace')!;

describe('a device that is told of firmware', () => {
  let folder: string;
  let desk: UpdateDesk;
  let reports: [string, string][];
  let reported: PromiseWithResolvers<undefined>;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'biot-update-desk-'));
    await open();
  });
  afterEach(async () => {
    Object.defineProperty(Journal.prototype, 'replace', replace);
    await desk.close();
    rmSync(folder, { recursive: true });
  });

  async function open(): Promise<void> {
    reports = [];
    reported = Promise.withResolvers();
    desk = await UpdateDesk.open({
      ...{ folder, type: 'thermometer', factory: '1.0.0', vendorKeys: [VENDOR.publicKey] },
      // What is installed already needs neither.
      gateway: { url: 'https://127.0.0.1:1', authority: '', device: 'thermometer-1', privateKey: '' },
      start: () => Promise.resolve(true),
    });
    desk.connected((payload, settled) => {
      const { rollout, state } = JSON.parse(payload) as UpdateReport;
      reports.push([rollout, state]);
      settled(true);
      reported.resolve(undefined);
    });
  }

  /** It is told of the version that it has. */
  function notify(rollout: string): void {
    desk.receive(Buffer.from(JSON.stringify({ rollout, release: 'a'.repeat(64), version: '1.0.0' })));
  }

  async function nextReport(): Promise<void> {
    await reported.promise;
    reported = Promise.withResolvers();
    // What was being done is over.
    await turn();
  }

  /** The disk keeps what comes before this write and after it. @returns when the write has failed */
  async function failingWrite(number: number): Promise<void> {
    const failed = Promise.withResolvers<undefined>();
    let writes = 0;
    Object.defineProperty(Journal.prototype, 'replace', {
      ...replace,
      value(this: Journal, entries: readonly unknown[]): Promise<void> {
        writes += 1;
        if (writes !== number) return (replace.value as Journal['replace']).call(this, entries);
        failed.resolve(undefined);
        return Promise.reject(new Error('ENOSPC: no space left on device'));
      },
    });
    await failed.promise;
    await turn();
  }

  it('says how it ended, and says so again', async () => {
    notify(FIRST);
    await nextReport();
    notify(FIRST);
    expect(reports).to.deep.equal([
      [FIRST, 'succeeded'],
      [FIRST, 'succeeded'],
    ]);
    await desk.close();
    await open();
    await nextReport();
    expect(reports).to.deep.equal([[FIRST, 'succeeded']]);
  });

  it('begins with the next notice what a full disk did not let it begin', async () => {
    notify(FIRST);
    await nextReport();
    const failed = failingWrite(1);
    notify(SECOND);
    await failed;
    expect(reports).to.deep.equal([[FIRST, 'succeeded']]);
    notify(SECOND);
    await nextReport();
    expect(reports.slice(1)).to.deep.equal([[SECOND, 'succeeded']]);
  });

  it('says how it ended also when a full disk does not keep that, and after a restart', async () => {
    const failed = failingWrite(2);
    notify(FIRST);
    await failed;
    expect(reports).to.deep.equal([[FIRST, 'succeeded']]);
    await desk.close();
    await open();
    await nextReport();
    expect(reports).to.deep.equal([[FIRST, 'succeeded']]);
  });
});
