import { expect } from 'chai';
import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tar } from './tar.ts';

describe('tar', () => {
  it('writes what the system’s own tar reads', () => {
    const contents = fc.array(fc.uint8Array({ maxLength: 1500 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(contents, (parts) => {
        const folder = mkdtempSync(join(tmpdir(), 'biot-tar-'));
        execFileSync('tar', ['-x', '-C', folder], {
          input: tar(parts.map((content, index) => ({ name: `part-${index}`, content }))),
        });
        const read = readdirSync(folder).map((name) =>
          Buffer.compare(readFileSync(join(folder, name)), parts[Number(name.slice(5))]!),
        );
        rmSync(folder, { recursive: true });
        expect(read).to.deep.equal(parts.map(() => 0));
      }),
      { numRuns: 20 },
    );
  });

  it('refuses a name that would be cut', () => {
    expect(() => tar([{ name: 'x'.repeat(101), content: Buffer.alloc(0) }])).to.throw(RangeError);
  });
});
