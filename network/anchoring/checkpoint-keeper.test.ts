import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { checkpointKeeper } from './checkpoint-keeper.ts';

const CHECKPOINT = { logId: 'ingest-1@operator', size: 7, root: 'a'.repeat(64), head: 'b'.repeat(64) };

describe('the keeper of a checkpoint', () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'biot-test-'));
    file = join(folder, 'checkpoint.json');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('gives back what was written, to the next process too', () => {
    checkpointKeeper(file, CHECKPOINT.logId).write(CHECKPOINT);
    expect(checkpointKeeper(file, CHECKPOINT.logId).read()).to.deep.equal(CHECKPOINT);
  });

  it('says nothing when the file is missing, damaged or another log’s', () => {
    const keeper = checkpointKeeper(file, CHECKPOINT.logId);
    expect(keeper.read()).to.equal(undefined);
    keeper.write(CHECKPOINT);
    expect(checkpointKeeper(file, 'ingest-2@operator').read()).to.equal(undefined);
    const whole = readFileSync(file, 'utf8');
    for (const damaged of ['', whole.slice(0, -5), '[]', whole.replace('"size":7', '"size":-7')]) {
      writeFileSync(file, damaged);
      expect(keeper.read(), damaged).to.equal(undefined);
    }
  });

  it('writes a checkpoint once', () => {
    const keeper = checkpointKeeper(file, CHECKPOINT.logId);
    keeper.write(CHECKPOINT);
    rmSync(file);
    keeper.write(CHECKPOINT);
    expect(keeper.read()).to.equal(undefined);
    keeper.write({ ...CHECKPOINT, size: 8 });
    expect(keeper.read()?.size).to.equal(8);
  });
});
