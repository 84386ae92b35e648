import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import { z } from 'zod';

import { readInputAs, readJsonInput, requireReadable } from './input-file.ts';
import { refusalOf } from './refusal.fixture.ts';

const schema = z.strictObject({ version: z.string().regex(/^\d+$/, 'is no number'), size: z.int() });

describe('files of a command', () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'biot-input-'));
    file = join(folder, 'draft.json');
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const read = (text: string) => () => {
    writeFileSync(file, text);
    return readInputAs(file, 'draft', schema);
  };

  it('are read by their schema', () => {
    expect(read('{"version":"7","size":3}')()).to.deep.equal({ version: '7', size: 3 });
  });

  it('are named with each field that is wrong', () => {
    expect(refusalOf(read('{"version":"banana","size":"3"}')))
      .to.contain(`${file} is no draft`)
      .and.match(/is no number\s+→ at version/)
      .and.match(/→ at size/);
  });

  it('are named when they are no JSON, or not there', () => {
    expect(refusalOf(read('version: 7'))).to.contain(`${file} is not JSON`);
    const missing = join(folder, 'missing.json');
    expect(refusalOf(() => readJsonInput(missing))).to.contain(`cannot read ${missing}`);
  });

  it('are to be there before anything is done, if they are read later', async () => {
    writeFileSync(file, '');
    await requireReadable(file);
    for (const wrong of [folder, join(folder, 'missing.bin')]) {
      const refusal = await requireReadable(wrong).catch((error: unknown) => error);
      expect(refusal).to.include({ code: 'INVALID_ARGUMENT', message: `cannot read ${wrong}` });
    }
  });
});
