import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';

import { CHECKOUT } from '../network/home/home.ts';

describe('npm run openapi', function () {
  this.timeout(30_000);

  function openapi(...args: string[]): string {
    return execFileSync(process.execPath, [join(CHECKOUT, 'scripts', 'openapi.ts'), ...args], {
      encoding: 'utf8',
      maxBuffer: 16 * 1024 * 1024,
    });
  }

  it('prints the types that the dashboard is built with', () => {
    const used = readFileSync(join(CHECKOUT, 'dashboard', 'src', 'api', 'schema.d.ts'), 'utf8');
    expect(openapi('--types') === used, 'run: npm run -s openapi -- --types > dashboard/src/api/schema.d.ts')
      .to.be.true;
  });

  it('prints the document as JSON', () => {
    expect(JSON.parse(openapi())).to.include.keys('openapi', 'paths', 'components');
  });
});
