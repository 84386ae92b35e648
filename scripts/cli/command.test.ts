import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { expect } from 'chai';

import { CHECKOUT } from '../../network/home/home.ts';

describe('a program on the command line', () => {
  it('takes the `--` that npm hands on for nothing, wherever it stands', () => {
    const args = [
      join(CHECKOUT, 'scripts', 'bench.ts'),
      'anomaly',
      '--',
      '--data',
      join(CHECKOUT, 'sql', 'nowhere'),
    ];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(stderr).to.contain(join('nowhere', 'windows.json'));
    expect(status).to.equal(1);
  });
});
