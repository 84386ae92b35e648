import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { expect } from 'chai';

const folder = import.meta.dirname;
const scripts = readdirSync(folder).filter((name) => name.endsWith('.sh') && !name.startsWith('lib'));

describe('the scripts of a consortium', () => {
  for (const script of scripts) {
    it(`say what they are for and how they are called: ${script} --help`, async () => {
      const env = { ...process.env, BIOT_HOME: join(folder, 'nowhere') };
      const { stdout } = await promisify(execFile)(join(folder, script), ['--help'], { env });
      expect(stdout).to.match(new RegExp(`^[A-Z][^]*\\n {2}${script}`, 'm'));
    });
  }
});
