import { expect } from 'chai';
import { z } from 'zod';

import { lastJson, runScript } from './instance.ts';

const reportSchema = z.looseObject({
  ok: z.boolean(),
  messages: z.number(),
  differences: z.array(z.unknown()),
});

/** `npm run verify` holds everything that is stored against the ledger, and finds nothing. */
export async function expectVerified(): Promise<void> {
  const ran = await runScript('verify', '--json');
  const { ok, messages, differences } = lastJson(ran.out, reportSchema);
  expect(differences).to.deep.equal([]);
  expect({ code: ran.code, ok }).to.deep.equal({ code: 0, ok: true });
  expect(messages).to.be.greaterThan(0);
}
