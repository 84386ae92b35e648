import { createInterface } from 'node:readline/promises';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Proposal } from '../../network/signing/proposal.ts';
import type { EndorsedTransaction } from '../../network/signing/transaction.ts';
import { printable } from '../cli/printable.ts';
import { inWords, resultInWords } from '../../network/signing/words.ts';

/** What is about to be signed, in plain words. */
export function proposalText(proposal: Proposal, signer: string): string {
  const { name, effect, details, instant } = inWords(proposal);
  const lines = [
    `About to be signed: ${name}. It ${effect}.`,
    ...details.map(({ what, value }) => `  ${what}: ${value.replaceAll('\n', '\n    ')}`),
    `  signed by: ${signer} (${proposal.signatory.mspId})`,
    `  on channel: ${proposal.action.channel}, contract ${proposal.action.contract}, method ${proposal.action.method}`,
    `  at: ${instant.toISOString()}`,
    `  transaction: ${proposal.transactionId}`,
  ];
  return printable(lines.join('\n'));
}

/** What the peers computed, where the proposal does not say all. */
export function resultText(transaction: EndorsedTransaction): string | undefined {
  const words = resultInWords(transaction);
  if (words === undefined) return undefined;
  const lines = words.details.map(({ what, value }) => `  ${what}: ${value.replaceAll('\n', '\n    ')}`);
  return printable(['The peers endorsed this, and nothing else can come of it:', ...lines].join('\n'));
}

/** @throws BiotError INVALID_ARGUMENT when nobody is there to be asked */
export async function confirmed(): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new BiotError('INVALID_ARGUMENT', 'nobody is there to be asked: add --yes to sign without asking');
  const questions = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await questions.question('Sign it? [y/N] ');
  questions.close();
  return /^y(es)?$/i.test(answer.trim());
}
