import { expect } from 'chai';
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_RULES } from '../../chaincode/protocol/policy/default-rules.ts';
import { aDevice, aRule, aType } from './fake-ledger.fixture.ts';
import { readSnapshot, type Snapshot, writeSnapshot } from './snapshot.ts';

describe('snapshot of a mirror', () => {
  let folder: string;
  let file: string;
  const snapshot: Snapshot = {
    channel: 'registry',
    chain: 'a'.repeat(64),
    block: 41,
    confirmedAt: 1_700_000_000_000,
    devices: Array.from({ length: 1201 }, (_, index) => aDevice(`d${index}`, { reason: 'änderung\n"x"' })),
    types: [aType('press'), aType('oven', { description: 'änderung, "x"' })],
    rules: [...DEFAULT_RULES, aRule('own', { description: 'änderung, "x"' })],
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'biot-snapshot-'));
    file = join(folder, 'data', 'registry.snapshot');
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('gives back what was written, for its owner’s eyes only, and leaves nothing else behind', async () => {
    await writeSnapshot(file, { ...snapshot, devices: [] });
    await writeSnapshot(file, snapshot);
    expect(await readSnapshot(file)).to.deep.equal(snapshot);
    expect(statSync(file).mode & 0o777).to.equal(0o600);
    expect(readdirSync(join(folder, 'data'))).to.deep.equal(['registry.snapshot']);
  });

  it('keeps devices, types and rules apart, be there none of the one or of the other', async () => {
    for (const part of [
      { devices: [] },
      { types: [] },
      { rules: [] },
      { types: [], rules: [] },
      { devices: [], types: [], rules: [] },
    ]) {
      await writeSnapshot(file, { ...snapshot, ...part });
      expect(await readSnapshot(file)).to.deep.equal({ ...snapshot, ...part });
    }
  });

  it('is refused in the format of before, which knew no types', async () => {
    const { channel, chain, block, confirmedAt } = snapshot;
    const head = { format: 'biot-registry-2', channel, chain, block, confirmedAt, rules: 0 };
    const body = `${JSON.stringify(head)}\n`;
    await writeSnapshot(file, snapshot);
    writeFileSync(
      file,
      `${body}${JSON.stringify({ sha256: createHash('sha256').update(body).digest('hex') })}\n`,
    );
    const error: unknown = await readSnapshot(file).catch((caught: unknown) => caught);
    expect(error).to.have.property('code', 'STORE_CORRUPT');
  });

  it('is none when there is no file', async () => {
    expect(await readSnapshot(file)).to.equal(undefined);
  });

  it('is refused after any change or cut, down to one bit', async () => {
    await writeSnapshot(file, {
      ...snapshot,
      devices: [aDevice('a'), aDevice('b')],
      types: [aType('a')],
      rules: [aRule('a')],
    });
    const good = readFileSync(file);
    const damage = fc.oneof(
      fc.record({ at: fc.nat({ max: good.length - 2 }), bit: fc.nat({ max: 7 }) }).map(({ at, bit }) => {
        const bytes = Buffer.from(good);
        bytes[at]! ^= 1 << bit;
        return bytes;
      }),
      fc.nat({ max: good.length - 2 }).map((length) => good.subarray(0, length)),
    );
    await fc.assert(
      fc.asyncProperty(damage, async (bytes) => {
        writeFileSync(file, bytes);
        const error: unknown = await readSnapshot(file).catch((caught: unknown) => caught);
        expect(error).to.have.property('code', 'STORE_CORRUPT');
      }),
      { numRuns: 300 },
    );
  });
});
