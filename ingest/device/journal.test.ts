import { mkdirSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { Journal } from './journal.ts';

describe('a journal on a disk that refuses', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'biot-journal-'));
    path = join(folder, 'journal');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** Has every file take half of what is appended, as a full disk does. @returns what ends that */
  async function fillDisk(): Promise<() => void> {
    const handle = await open(folder);
    const files = Object.getPrototypeOf(handle) as { appendFile: FileHandle['appendFile'] };
    await handle.close();
    const { appendFile } = files;
    files.appendFile = async function (this: FileHandle, line) {
      await appendFile.call(this, Buffer.isBuffer(line) ? line.subarray(0, 12) : '');
      throw new Error('ENOSPC');
    };
    return () => {
      files.appendFile = appendFile;
    };
  }

  it('keeps no part of a line that did not fit, and goes on when there is room', async () => {
    const { journal } = await Journal.open(path, 'first');
    const empty = await fillDisk();
    const failure = await journal.append('lost').catch((error: unknown) => error);
    empty();
    expect(String(failure)).to.contain('ENOSPC');
    await journal.append('kept');
    await journal.close();
    const again = await Journal.open(path, 'unused');
    expect(again.entries).to.deep.equal(['first', 'kept']);
    await again.journal.close();
  });

  it('is replaced the next time, when it could not be', async () => {
    const { journal } = await Journal.open(path, 'first');
    rmSync(path);
    mkdirSync(path);
    expect(await journal.replace(['lost']).catch((error: unknown) => error)).to.be.instanceOf(Error);
    rmdirSync(path);
    await journal.replace(['second']);
    await journal.append('third');
    await journal.close();
    const again = await Journal.open(path, 'unused');
    expect(again.entries).to.deep.equal(['second', 'third']);
    await again.journal.close();
  });
});
