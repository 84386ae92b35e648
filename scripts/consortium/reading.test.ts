import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { expect } from 'chai';

const LIBRARY = join(import.meta.dirname, 'lib.sh');
/** More than a pipe holds, so that whoever writes it notices when nobody reads on. */
const LINES = 50_000;

function answerOf(question: string): number | null {
  const script = `. "$0"; { echo registry; seq ${LINES}; } | ${question}`;
  return spawnSync('bash', ['-c', script, LIBRARY], { encoding: 'utf8' }).status;
}

describe('what consortium scripts look for in a program’s answer', () => {
  it('is found at its beginning, however much comes after it', () => {
    expect(answerOf('has_line registry')).to.equal(0);
    expect(answerOf('has_text gist')).to.equal(0);
    // What they would do otherwise: the program that writes ends by SIGPIPE.
    expect(answerOf('grep -q registry')).to.not.equal(0);
  });

  it('is not found when it is not there, nor as a part of a line when the whole is wanted', () => {
    expect(answerOf('has_line gist')).to.equal(1);
    expect(answerOf('has_text anchors')).to.equal(1);
    expect(answerOf('has_text "reg.stry"')).to.equal(1);
  });
});
