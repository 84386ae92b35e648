import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { expect } from 'chai';

import { codeIn } from './process.ts';

describe('the process of an audit', () => {
  let folder: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'biot-audit-process-')));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }

  it('may read its libraries also where they lie elsewhere behind a link, and nothing beside them', () => {
    write('libraries/known/package.json', '{ "name": "known", "exports": "./index.cjs" }');
    write('libraries/known/index.cjs', 'exports.word = "read";');
    write('checkout/package.json', '{ "type": "module" }');
    write('checkout/chaincode/package.json', '{}');
    mkdirSync(join(folder, 'checkout/chaincode/protocol'));
    symlinkSync(join(folder, 'libraries'), join(folder, 'checkout/node_modules'));
    write('checkout/secret', 'a secret');
    write(
      'checkout/network/main.js',
      `import { readFileSync } from 'node:fs';
       import { word } from 'known';
       const tried = () => readFileSync(import.meta.dirname + '/../secret');
       try { tried(); } catch (error) { console.log(word, error.code); }`,
    );
    const checkout = join(folder, 'checkout');
    const readable = codeIn(checkout).map((path) => `--allow-fs-read=${path}`);
    const main = join(checkout, 'network', 'main.js');
    const said = execFileSync(process.execPath, ['--permission', ...readable, main], { encoding: 'utf8' });
    expect(said).to.equal('read ERR_ACCESS_DENIED\n');
  });
});
